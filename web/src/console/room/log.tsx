// Everything that happened to the room and who did it, with the way back from the last change.
import { useEffect, useState } from "preact/hooks";
import { download, get, wrong } from "../ask";
import { mayAll } from "../me";
import { t } from "../t";
import type { LogChain, Member } from "../types";
import { Card } from "../ui";
import { clock } from "../words";
import type { RoomStore } from "./store";
import { type Entry, title, undoOf, words } from "./timeline";

/** The most entries that are shown at once. */
const SHOWN = 300;

/** Who did it, as far as one may know them. */
function useNames(store: RoomStore): (actor: string | null) => string {
  const { me } = store;
  const [names, put] = useState<Record<string, string>>({});
  useEffect(() => {
    if (!mayAll(me, "team")) return;
    get<{ members: Member[] }>("/team").then(({ members }) => put(Object.fromEntries(members.map((one) => [one.accountId, one.email]))), () => {});
  }, []);
  return (actor) => {
    if (actor === null) return t("the gate");
    if (actor === me.account.accountId) return t("you");
    return names[actor] ?? (actor === me.chosen?.organizerId ? t("the organizer") : t("account {id}", { id: actor.slice(-6) }));
  };
}

export function Timeline({ store, steers }: { store: RoomStore; steers: boolean }) {
  const who = useNames(store);
  const [said, say] = useState<{ text: string; bad: boolean }>();
  const [busy, keep] = useState(false);
  const undo = steers ? undoOf(store.log, store.room!) : undefined;
  const entries = store.log.slice(-SHOWN).reverse();
  const take = async (work: () => Promise<string | undefined>): Promise<void> => {
    keep(true);
    await work().then((text) => say(text ? { text, bad: false } : undefined), (error: unknown) => say({ text: wrong(error), bad: true }));
    keep(false);
  };
  const back = () => take(async () => {
    if (!undo) return undefined;
    return (await store.change(undo.method, undo.path, undo.body)) ? t("Taken back.") : undefined;
  });
  const check = () => take(async () => {
    const chain = await get<LogChain>(`${store.base}/log/chain`);
    if (!chain.isIntact) return t("Broken at entry {n}.", { n: chain.brokenAt ?? 0 });
    return t("{n} entry follows from one another. Head: {head}…|{n} entries follow from one another. Head: {head}…", { n: chain.entries, head: chain.head?.slice(0, 16) ?? t("none") });
  });
  const save = () => take(async () => {
    await download(`${store.base}/log.csv`, `log-${store.id}.csv`);
    return undefined;
  });
  return (
    <Card title={t("What happened")} side={(
      <div class="buttons">
        <button type="button" class="link" onClick={() => void check()}>{t("Check the chain")}</button>
        <button type="button" class="link" data-test="log-csv" onClick={() => void save()}>{t("As a table (CSV)")}</button>
      </div>
    )}>
      {undo && (
        <p class="undo">
          <button type="button" class="button" data-test="undo" disabled={busy} onClick={() => void back()}>{t("Undo the last change")}</button>
          <span data-test="undo-words">{undo.words}</span>
        </p>
      )}
      <p class={said?.bad ? "said bad" : "said"} role="status" data-test="log-said">{said?.text}</p>
      <ol class="log" data-test="log" tabIndex={0} aria-label={t("What happened, the newest first")}>
        {entries.map((entry) => <Line key={entry.entry} entry={entry} who={who(entry.actor)} />)}
      </ol>
    </Card>
  );
}

function Line({ entry, who }: { entry: Entry; who: string }) {
  return (
    <li data-kind={entry.kind} data-test="log-entry">
      <time dateTime={entry.at}>{clock(entry.at)}</time>
      <strong>{title(entry.kind)}</strong>
      <span class="who-did">{who}</span>
      <span class="what">{words(entry)}</span>
    </li>
  );
}
