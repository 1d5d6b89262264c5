// What the shield saw and refused, or would have.
import { useState } from "preact/hooks";
import { get, wrong } from "../ask";
import { may } from "../me";
import { useEvery } from "../source";
import type { ShieldReport } from "../types";
import { Card, Form, Problem, Table } from "../ui";
import { clock, count, span, seconds } from "../words";
import type { RoomStore } from "./store";

const MEASURES: Record<string, string> = {
  proof: "A proof for a new place", joins: "New places", challenges: "Challenges", sockets: "Connections opened", tabs: "Connections of one visitor",
};
const MODES: [string, string][] = [["off", "off"], ["observe", "look on"], ["enforce", "refuse"]];

export function Shield({ store }: { store: RoomStore }) {
  const steers = may(store.me, "room");
  const [report, put] = useState<ShieldReport>();
  const [problem, tell] = useState<string>();
  useEvery(3000, () => void get<ShieldReport>(`${store.base}/shield`).then((told) => { put(told); tell(undefined); }, (error: unknown) => tell(wrong(error))), [store.room?.version]);
  if (!report) return <Problem text={problem} />;
  const names = Object.keys(MEASURES).filter((name) => report.measures[name]);
  return (
    <Card title="Shield" test="shield" side={<span class="quiet">{report.since ? `since ${clock(report.since)}` : ""}</span>}>
      <Problem text={problem} />
      <p>{count(Math.round(report.joinsPerMinute))} new places a minute. A proof takes {count(report.difficulty)} bits now ({report.easiest} to {report.hardest}), or a wait of {span(seconds(report.wait))}.</p>
      <Form test="shield-form" send={async (values) => {
        const asked = Object.fromEntries(names.map((name) => [name, values[name]]).filter(([name, mode]) => report.measures[name!].mode !== mode));
        if (Object.keys(asked).length === 0) return "Nothing is different.";
        return (await store.change("PUT", "/shield", asked)) ? "This holds now." : undefined;
      }}>
        <Table label="Measures" heads={["Measure", "Does", "#Seen", "#Would refuse", "#Refused", "Most refused networks"]} rows={names.map((name) => {
          const it = report.measures[name];
          const does = <select name={name} aria-label={`What ${MEASURES[name].toLowerCase()} does`} disabled={!steers}>{MODES.map(([mode, words]) => <option value={mode} selected={mode === it.mode}>{words}</option>)}</select>;
          const networks = it.networks.map(({ network, count: times }) => `${network} (${count(times)})`).join(", ");
          return { key: name, cells: [MEASURES[name], does, count(it.seen), count(it.wouldRefuse), count(it.refused), networks] };
        })} />
        {steers && <button class="button primary" data-test="shield-save">Apply</button>}
      </Form>
    </Card>
  );
}
