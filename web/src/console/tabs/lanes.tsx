// Priority lanes, and who may take a place at all.
import { useEffect, useState } from "preact/hooks";
import { get, wrong } from "../ask";
import { may } from "../me";
import { t } from "../t";
import type { Entry, Lanes as Told } from "../types";
import { Card, Field, Form, Problem, Table } from "../ui";
import { count, percent } from "../words";
import type { RoomStore } from "../room/store";

type Lane = Told["lanes"][number];

const ACCOUNTS: [string, string][] = [["", t("by code only")], ["any", t("any account")], ["registered", t("registered accounts")], ["organizer", t("organizers")]];

export function Lanes({ store }: { store: RoomStore }) {
  const room = store.room!;
  const steers = may(store.me, "room");
  const [lanes, put] = useState<Lane[]>();
  const [entry, show] = useState<Entry>();
  const [problem, tell] = useState<string>();
  useEffect(() => {
    Promise.all([get<Told>(`${store.base}/lane`), get<Entry>(`${store.base}/entry`)])
      .then(([told, entered]) => { put(told.lanes); show(entered); }, (error: unknown) => tell(wrong(error)));
  }, [room.version]);
  const waits = (name: string): number | null | undefined => store.live?.lanes.find((lane) => lane.name === name)?.waiting;
  const set = (index: number, lane: Partial<Lane>): void => put(lanes!.map((one, at) => (at === index ? { ...one, ...lane } : one)));
  const all = (lanes ?? []).reduce((sum, lane) => sum + lane.share, 0);
  return (
    <>
      <Card title={t("Lanes")} test="lanes">
        <Problem text={problem} />
        <Form test="lanes-form" send={async () => ((await store.change("PUT", "/lane", { lanes })) ? t("These lanes hold now.") : undefined)}>
          <Table label={t("Lanes")} heads={[t("Lane"), `#${t("Share")}`, `#${t("Of the calls")}`, t("Accounts"), `#${t("Waiting")}`]} rows={(lanes ?? []).map((lane, index) => ({
            key: index,
            cells: [
              <input aria-label={t("Name of the lane")} value={lane.name} pattern="[a-z0-9\-]+" required readOnly={lane.name === "main"} disabled={!steers} onInput={(event) => set(index, { name: event.currentTarget.value })} />,
              <input type="number" aria-label={t("Share of {name}", { name: lane.name })} min="0" max="1000" value={lane.share} disabled={!steers} onInput={(event) => set(index, { share: Number(event.currentTarget.value) })} />,
              all > 0 ? percent(lane.share / all) : "–",
              <select aria-label={t("Accounts of {name}", { name: lane.name })} value={lane.accounts ?? ""} disabled={!steers || lane.name === "main"} onChange={(event) => {
                const { accounts: _, ...rest } = lane;
                const chosen = event.currentTarget.value as NonNullable<Lane["accounts"]> | "";
                put(lanes!.map((one, at) => (at === index ? (chosen ? { ...rest, accounts: chosen } : rest) : one)));
              }}>
                {ACCOUNTS.map(([value, words]) => <option value={value}>{words}</option>)}
              </select>,
              count(waits(lane.name)),
            ],
          }))} />
          {steers && (
            <div class="buttons">
              <button type="button" class="button" disabled={(lanes?.length ?? 8) >= 8} onClick={() => put([...lanes!, { name: "", share: 1 }])}>{t("Add a lane")}</button>
              <button class="button primary" data-test="lanes-save">{t("Apply")}</button>
            </div>
          )}
        </Form>
      </Card>
      {entry && (
        <Card title={t("Who may take a place")}>
          <Form test="entry-form" send={async ({ account, code }) => {
            const body = { ...(account && { account }), code: code !== undefined };
            return (await store.change("PUT", "/entry", body)) ? t("This holds now.") : undefined;
          }}>
            <Field label={t("Account")}>
              <select name="account" defaultValue={entry.account ?? ""} disabled={!steers}>
                {[["", t("nobody has to sign in")], ...ACCOUNTS.slice(1)].map(([value, words]) => <option value={value} selected={value === (entry.account ?? "")}>{words}</option>)}
              </select>
            </Field>
            <label class="check"><input type="checkbox" name="code" defaultChecked={entry.code} disabled={!steers} /> {t("Only with an access code")}</label>
            {steers && <button class="button">{t("Apply")}</button>}
          </Form>
        </Card>
      )}
    </>
  );
}
