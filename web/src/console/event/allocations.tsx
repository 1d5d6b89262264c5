// What is taken out of the sale: kept back, given away, sold at the counter.
import { useEffect, useRef, useState } from "preact/hooks";
import { price } from "../../shared/money";
import { get, send, wrong } from "../ask";
import { type Me, may } from "../me";
import { t, tag } from "../t";
import type { Allocations as Told, Event } from "../types";
import { Card, Field, Form, Pill, Problem, confirmed } from "../ui";
import { list, moment } from "../words";

const KINDS = { heldBack: t("kept back"), comp: t("given away"), boxOffice: t("sold at the counter") };
const PAID: Record<string, string> = { cash: t("cash"), card: t("card") };
type Kind = keyof typeof KINDS;

export function Allocations({ me, event }: { me: Me; event: Event }) {
  const path = `/event/${event.eventId}/allocation`;
  const [told, put] = useState<Told["allocations"]>();
  const [problem, tell] = useState<string>();
  const look = (): void => {
    if (may(me, "buyers")) void get<Told>(path).then(({ allocations }) => put(allocations), (error: unknown) => tell(wrong(error)));
  };
  useEffect(look, []);
  const release = async (id: string, label: string, tickets: number): Promise<void> => {
    const yes = await confirmed({ title: t("Put “{name}” back?", { name: label }), lines: [t("{n} ticket can be bought by anybody at once.|{n} tickets can be bought by anybody at once.", { n: tickets })], yes: t("Put them back") });
    if (yes) await send("DELETE", `${path}/${id}`).then(look, (error: unknown) => tell(wrong(error)));
  };
  return (
    <Card title={t("Beside the line")} test="allocations">
      <NewAllocation event={event} path={path} then={look} />
      <Problem text={problem} />
      {told?.length === 0 && <p class="quiet">{t("Nothing was taken out of the sale.")}</p>}
      <ul class="rows">
        {(told ?? []).map((one) => (
          <li key={one.orderId} data-test="allocation">
            <div>
              <strong>{one.label}</strong> <Pill state={one.kind} words={one.kind === "heldBack" && one.state === "cancelled" ? t("put back") : KINDS[one.kind]} />
              <span class="under">{list([t("{n} ticket|{n} tickets", { n: one.tickets.length }), ...(one.kind === "boxOffice" ? [`${price(one.total, tag)} ${PAID[one.paidBy ?? ""] ?? ""}`] : []), moment(one.createdAt)])}</span>
            </div>
            {one.kind === "heldBack" && one.state !== "cancelled" && (
              <button type="button" class="link" data-test="release" onClick={() => void release(one.orderId, one.label, one.tickets.length)}>{t("Put back")}</button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function NewAllocation({ event, path, then }: { event: Event; path: string; then: () => void }) {
  const [kind, choose] = useState<Kind>("heldBack");
  const key = useRef(crypto.randomUUID());
  return (
    <Form test="allocation-form" send={async ({ label, tier, quantity, email, paidBy }, form) => {
      const body = { kind, label, tier, quantity: Number(quantity), ...(email && { email }), ...(kind === "boxOffice" && { paidBy }) };
      await send("POST", path, body, undefined, key.current);
      key.current = crypto.randomUUID();
      form.reset();
      then();
      return t("Taken out of the sale.");
    }}>
      <div class="fields">
        <Field label={t("What")}>
          <select value={kind} onChange={(change) => choose(change.currentTarget.value as Kind)} data-test="kind">
            {Object.entries(KINDS).map(([value, words]) => <option value={value}>{words}</option>)}
          </select>
        </Field>
        <Field label={t("For")}><input name="label" required maxLength={200} placeholder={t("Press")} autocomplete="off" data-test="label" /></Field>
        <Field label={t("Tier")}><select name="tier" required data-test="tier">{event.tiers.map((tier) => <option value={tier.tierId}>{t("{name} ({n} left)", { name: tier.name, n: tier.available })}</option>)}</select></Field>
        <Field label={t("Tickets")}><input name="quantity" type="number" min="1" max="100" defaultValue="2" required data-test="quantity" /></Field>
        {kind !== "heldBack" && <Field label={t("Mail them to")}><input name="email" type="email" autocomplete="off" required /></Field>}
        {kind === "boxOffice" && <Field label={t("Paid by")}><select name="paidBy">{Object.entries(PAID).map(([value, words]) => <option value={value}>{words}</option>)}</select></Field>}
      </div>
      <button class="button primary" data-test="allocate">{t("Take them out of the sale")}</button>
    </Form>
  );
}
