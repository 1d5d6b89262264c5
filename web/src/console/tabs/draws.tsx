// The draw: how far it is, what is published of it, and how anybody checks it.
import { useEffect, useState } from "preact/hooks";
import { get, send, wrong } from "../ask";
import { heard } from "../heard";
import { may } from "../me";
import { t } from "../t";
import type { Draw } from "../types";
import { Card, Field, Form, Problem } from "../ui";
import { count, moment } from "../words";
import type { RoomStore } from "../room/store";

const STAGES: [Draw["state"], string][] = [
  ["committed", t("The seed is fixed")], ["opened", t("The lobby was closed")], ["frozen", t("The list is published")], ["drawn", t("The seed is published")],
  ["done", t("All stand in line")],
];

export function Draws({ store }: { store: RoomStore }) {
  const [draw, put] = useState<Draw>();
  const [problem, tell] = useState<string>();
  const read = async (): Promise<void> => {
    const told = await get<Draw>(`/queue/${store.id}/draw`);
    const [caveat] = told.caveat ? await heard([told.caveat]) : [];
    put({ ...told, ...(caveat && { caveat }) });
  };
  const look = (): void => void read().catch((error: unknown) => tell(wrong(error)));
  useEffect(look, [store.room?.version, store.log.length]);
  if (!draw) return <Problem text={problem} />;
  const reached = STAGES.findIndex(([stage]) => stage === draw.state);
  const facts: [string, string | null][] = [
    [t("Commitment"), draw.commitment], [t("Entries"), draw.entries === null ? null : count(draw.entries)], [t("Digest of the list"), draw.digest], [t("Beacon"), draw.beacon],
    [t("Its value"), draw.beaconValue], [t("Seed"), draw.seed],
  ];
  const url = `${location.origin}/queue/${store.id}`;
  return (
    <div class="columns">
      <Card title={t("The draw")} test="draw">
        <ol class="stages">{STAGES.map(([, words], index) => <li class={index <= reached ? "done" : ""} aria-current={index === reached ? "step" : undefined}>{words}</li>)}</ol>
        <dl class="facts">{facts.filter(([, value]) => value !== null).map(([name, value]) => <div><dt>{name}</dt><dd><code>{value}</code></dd></div>)}</dl>
        {draw.caveat && <p class="note">{draw.caveat}</p>}
        {draw.drawnAt && <p class="small">{t("Drawn {time}.", { time: moment(draw.drawnAt) })}</p>}
      </Card>
      <div>
        {draw.beacon && draw.beaconValue === null && may(store.me, "room") && (
          <Card title={t("What the beacon turned out to be")}>
            <Form test="beacon-form" send={async ({ value }) => { put(await send<Draw>("POST", `${store.base}/beacon`, { value })); return t("Said, once and for all."); }}>
              <Field label={draw.beacon} hint={t("It can be said once.")}><input name="value" maxLength={1000} required autocomplete="off" /></Field>
              <button class="button primary">{t("Say it")}</button>
            </Form>
          </Card>
        )}
        <Card title={t("The proof")}>
          <p>{t("Anybody can check that chance decided: the seed was fixed before the lobby opened, the list before the seed was known, and the order follows from both.")}</p>
          <p><a href={`/queue/${store.id}/draw`}>{t("All that is published")}</a> · <a href={`/queue/${store.id}/draw/entries`}>{t("The list")}</a> · <a href={`/queue/${store.id}/draw/entries?order=rank`}>{t("In the order of the draw")}</a></p>
          <pre tabIndex={0}><code>queue-gate verify --url {url}</code></pre>
        </Card>
      </div>
    </div>
  );
}
