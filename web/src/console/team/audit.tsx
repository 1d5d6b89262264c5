// Who changed what, the newest first.
import { useEffect, useState } from "preact/hooks";
import { download, get, wrong } from "../ask";
import type { Shown } from "../main";
import { mayAll } from "../me";
import { t } from "../t";
import type { AuditPage as Told, Member } from "../types";
import { Card, Field, Form, Problem, Table, titled } from "../ui";
import { clock, plain } from "../words";

type Entry = Told["entries"][number];

export function AuditPage({ me }: Shown) {
  const [asked, ask] = useState<Record<string, string>>({});
  const [entries, put] = useState<Entry[]>();
  const [next, turn] = useState<string>();
  const [names, name] = useState<Record<string, string>>({});
  const [problem, tell] = useState<string>();
  const path = (): string => `/audit?${new URLSearchParams(asked).toString()}`;
  const fail = (error: unknown): void => tell(wrong(error));
  useEffect(() => {
    titled(t("Changes"));
    if (mayAll(me, "team")) void get<{ members: Member[] }>("/team").then(({ members }) => name(Object.fromEntries(members.map((one) => [one.accountId, one.email]))), () => {});
  }, []);
  useEffect(() => { void get<Told>(path()).then((page) => { put(page.entries); turn(page.next); tell(undefined); }, fail); }, [asked]);
  const more = (): void => void get<Told>(next!).then((page) => { put([...(entries ?? []), ...page.entries]); turn(page.next); }, fail);
  const who = ({ actor }: Entry): string => {
    if (actor.keyId) return t("key {id}", { id: actor.keyId.slice(-6) });
    if (actor.accountId === me.account.accountId) return t("you");
    return names[actor.accountId ?? ""] ?? t("account {id}", { id: (actor.accountId ?? "").slice(-6) });
  };
  return (
    <>
      <h1>{t("Who changed what")}</h1>
      <p class="quiet">{t("Every change of the catalog, sales, money, codes, doors, webhooks and the team. What happened to a room stands on its page.")}</p>
      <Card test="audit" title={t("Changes")} side={<button type="button" class="link" data-test="audit-csv" onClick={() => void download(path(), "changes.csv").catch(fail)}>{t("As a table (CSV)")}</button>}>
        <Form test="audit-form" className="fields" send={async (values) => ask(Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== "")))}>
          <Field label={t("What was done")}><input name="operation" placeholder="event.update" autocomplete="off" /></Field>
          <Field label={t("Event id")}><input name="event" autocomplete="off" /></Field>
          <Field label={t("Account or key id")}><input name="actor" autocomplete="off" /></Field>
          <button class="button">{t("Look")}</button>
        </Form>
        <Problem text={problem} />
        {entries?.length === 0 && <p class="quiet">{t("Nothing.")}</p>}
        <Table label={t("Changes")} test="audit-rows" heads={[t("What"), t("When"), t("Who"), t("Event"), t("What is different")]} rows={(entries ?? []).map((entry) => ({
          key: entry.entry,
          cells: [
            <code>{entry.operation}</code>, <time dateTime={entry.at}>{clock(entry.at)}</time>,
            <>{who(entry)}{entry.actor.role && <span class="under">{plain(entry.actor.role)}</span>}</>,
            entry.eventId && <a href={`/console/event/${entry.eventId}`}>…{entry.eventId.slice(-6)}</a>,
            <ul class="changes">{Object.entries(entry.changes).map(([key, change]) => <li><code>{key}</code>: {said(change)}</li>)}</ul>,
          ],
        }))} />
        {next && <button type="button" class="button" onClick={more}>{t("Older ones")}</button>}
      </Card>
    </>
  );
}

function said(change: unknown): string {
  const text = (value: unknown): string => (value === null || value === undefined ? t("none") : typeof value === "string" ? value : JSON.stringify(value));
  if (typeof change === "object" && change !== null && ("from" in change || "to" in change)) {
    const { from, to } = change as { from?: unknown; to?: unknown };
    return `${text(from)} → ${text(to)}`;
  }
  return text(change);
}
