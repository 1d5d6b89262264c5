// What is taken out of the sale of a plan that is settled: named seats, kept back, given away or sold at the counter.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused, bitOf, ticketId } from "../../shared/api";
import { price } from "../../shared/money";
import { get, send, wrong } from "../ask";
import { type Me, may } from "../me";
import { t, tag } from "../t";
import type { Allocations } from "../types";
import { Card, Field, Form, Problem, Said, confirmed } from "../ui";
import { count, moment } from "../words";
import type { Editor } from "./editor";

type Kind = "heldBack" | "comp" | "boxOffice";
type Allocation = Allocations["allocations"][number];

/** So many seats one call takes, all or none. */
const AT_ONCE = 100;

const kinds = (): Record<Kind, string> => ({ heldBack: t("Keep back"), comp: t("Give away"), boxOffice: t("Sell at the counter") });

export function Taken({ me, editor, show }: { me: Me; editor: Editor; show: (ids: readonly number[]) => void }) {
  const path = `/event/${editor.event}/allocation`;
  const [all, put] = useState<Allocation[]>();
  const [problem, tell] = useState<string>();
  const look = async (): Promise<void> => {
    tell(undefined);
    await Promise.all([
      editor.refresh(),
      may(me, "buyers") ? get<Allocations>(path).then(({ allocations }) => put(allocations)) : undefined,
    ]).catch((error: unknown) => tell(wrong(error)));
  };
  useEffect(() => void look(), []);
  const release = async (one: Allocation): Promise<void> => {
    const yes = await confirmed({
      title: t("Put “{label}” back into the sale?", { label: one.label }),
      lines: [t("{n} seat can be bought by anybody at once.|{n} seats can be bought by anybody at once.", { n: one.tickets.length })], yes: t("Put them back"),
    });
    if (yes) await send("DELETE", `${path}/${one.orderId}`).then(look, (error: unknown) => tell(wrong(error)));
  };
  const seatsOf = (one: Allocation): number[] => one.tickets.flatMap((ticket) => editor.model.seats[bitOf(ticket)]?.id ?? []);
  return (
    <>
      {may(me, "sell") && <Take editor={editor} path={path} then={look} />}
      <Card title={t("Out of the sale")} test="taken">
        <Problem text={problem} />
        {all?.length === 0 && <p class="quiet">{t("Nothing was taken out of the sale.")}</p>}
        <ul class="rows">
          {(all ?? []).map((one) => {
            const seats = seatsOf(one);
            const back = one.kind === "heldBack" && one.state === "cancelled";
            return (
              <li key={one.orderId} data-test="allocation" data-label={one.label}>
                <div>
                  <strong>{one.label}</strong>
                  <span class="under">
                    {[
                      back ? t("put back") : { heldBack: t("kept back"), comp: t("given away"), boxOffice: t("sold at the counter") }[one.kind],
                      t("{n} ticket|{n} tickets", { n: one.tickets.length }), one.kind === "boxOffice" && price(one.total, tag), moment(one.createdAt),
                    ].filter(Boolean).join(", ")}
                  </span>
                </div>
                {seats.length > 0 && !back && <button type="button" class="link" data-test="show-taken" onClick={() => show(seats)}>{t("Show")}<span class="vh"> {one.label}</span></button>}
                {one.kind === "heldBack" && !back && may(me, "sell") && (
                  <button type="button" class="link" data-test="release" onClick={() => void release(one)}>{t("Put back")}<span class="vh"> {one.label}</span></button>
                )}
              </li>
            );
          })}
        </ul>
      </Card>
    </>
  );
}

function Take({ editor, path, then }: { editor: Editor; path: string; then: () => Promise<void> }) {
  const [kind, choose] = useState<Kind>("heldBack");
  const keys = useRef(new Map<string, string>());
  const n = editor.chosen.size;
  /** The same seats as the same thing are asked for under the same key: a click more takes nothing twice. */
  const keyOf = (what: string): string => {
    const key = keys.current.get(what) ?? crypto.randomUUID();
    keys.current.set(what, key);
    return key;
  };
  const take = async ({ label, email, paidBy }: Record<string, string>): Promise<string> => {
    const places = editor.places();
    if (places.length === 0) throw new Said(t("Choose seats on the plan or in the list first."));
    let done = 0;
    try {
      for (let at = 0; at < places.length; at += AT_ONCE) {
        const ticketIds = places.slice(at, at + AT_ONCE).map((place) => ticketId(editor.event, place));
        const body = { kind, label, ticketIds, ...(email && { email }), ...(kind === "boxOffice" && { paidBy }) };
        await send("POST", path, body, undefined, keyOf(JSON.stringify(body)));
        done += ticketIds.length;
      }
    } catch (error) {
      // What was refused is asked for anew; what nobody answered may have been done, and is asked for under the same key.
      if (error instanceof Refused) keys.current.clear();
      const lost = error instanceof Refused ? (error.problem["conflicts"] as string[] | undefined) : undefined;
      const places_ = lost?.map((ticket) => editor.model.seats[bitOf(ticket)]).filter((one) => one !== undefined);
      await then();
      if (places_?.length) editor.pick(places_.map((one) => editor.model.seats.find((now) => now.section === one.section && now.row === one.row && now.seat === one.seat)!.id), "replace");
      const before = done > 0 ? ` ${t("{n} before them are out of the sale.", { n: done })}` : "";
      if (places_?.length) throw new Said(t("Others have {seats}. They are chosen now; none of them was taken.", { seats: places_.slice(0, 5).map((one) => `${one.section} ${one.row} ${one.seat}`).join(", ") }) + before);
      throw new Said(wrong(error) + before);
    }
    keys.current.clear();
    editor.pick([], "replace");
    await then();
    return t("{n} seat is out of the sale.|{n} seats are out of the sale.", { n: done });
  };
  return (
    <Card title={n === 0 ? t("Take seats out of the sale") : t("{n} seat chosen|{n} seats chosen", { n })} test="take">
      <Form test="take-form" send={take}>
        <div class="fields">
          <Field label={t("What")}>
            <select value={kind} data-test="take-kind" onChange={(event) => choose(event.currentTarget.value as Kind)}>
              {Object.entries(kinds()).map(([value, words]) => <option value={value}>{words}</option>)}
            </select>
          </Field>
          <Field label={t("For")}><input name="label" required maxLength={100} placeholder={t("Press")} autocomplete="off" data-test="take-label" /></Field>
          {kind !== "heldBack" && <Field label={t("Mail them to")}><input name="email" type="email" required autocomplete="off" data-test="take-email" /></Field>}
          {kind === "boxOffice" && <Field label={t("Paid by")}><select name="paidBy"><option value="cash">{t("cash")}</option><option value="card">{t("card")}</option></select></Field>}
        </div>
        <button class="button primary" data-test="take-do" disabled={n === 0}>{`${kinds()[kind]}: ${t("{n} seat|{n} seats", { n })}`}</button>
        {n > AT_ONCE && <p class="quiet small">{t("More than {n} seats are taken {n} at a time.", { n: count(AT_ONCE) })}</p>}
      </Form>
    </Card>
  );
}
