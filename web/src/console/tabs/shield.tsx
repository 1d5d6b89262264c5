// What the shield saw and refused, or would have.
import { useState } from "preact/hooks";
import { get, wrong } from "../ask";
import { may } from "../me";
import { useEvery } from "../source";
import { t } from "../t";
import type { ShieldReport } from "../types";
import { Card, Form, Problem, Table } from "../ui";
import { clock, count, span, seconds } from "../words";
import type { RoomStore } from "../room/store";

const MEASURES: Record<string, string> = {
  proof: t("A proof for a new place"), joins: t("New places"), challenges: t("Challenges"), sockets: t("Connections opened"), tabs: t("Connections of one visitor"),
};
const MODES: [string, string][] = [["off", t("off")], ["observe", t("look on")], ["enforce", t("refuse")]];

export function Shield({ store }: { store: RoomStore }) {
  const steers = may(store.me, "room");
  const [report, put] = useState<ShieldReport>();
  const [problem, tell] = useState<string>();
  useEvery(3000, () => void get<ShieldReport>(`${store.base}/shield`).then((told) => { put(told); tell(undefined); }, (error: unknown) => tell(wrong(error))), [store.room?.version]);
  if (!report) return <Problem text={problem} />;
  const names = Object.keys(MEASURES).filter((name) => report.measures[name]);
  return (
    <Card title={t("Shield")} test="shield" side={<span class="quiet">{report.since ? t("since {time}", { time: clock(report.since) }) : ""}</span>}>
      <Problem text={problem} />
      <p>{t("{joins} new places a minute. A proof takes {bits} bits now ({easiest} to {hardest}), or a wait of {span}.", {
        joins: Math.round(report.joinsPerMinute), bits: report.difficulty, easiest: report.easiest, hardest: report.hardest, span: span(seconds(report.wait)),
      })}</p>
      <Form test="shield-form" send={async (values) => {
        const asked = Object.fromEntries(names.map((name) => [name, values[name]]).filter(([name, mode]) => report.measures[name!].mode !== mode));
        if (Object.keys(asked).length === 0) return t("Nothing is different.");
        return (await store.change("PUT", "/shield", asked)) ? t("This holds now.") : undefined;
      }}>
        <Table label={t("Measures")} heads={[t("Measure"), t("Does"), `#${t("Seen")}`, `#${t("Would refuse")}`, `#${t("Refused")}`, t("Most refused networks")]} rows={names.map((name) => {
          const it = report.measures[name];
          const does = <select name={name} aria-label={t("What is done: {measure}", { measure: MEASURES[name] })} disabled={!steers}>{MODES.map(([mode, words]) => <option value={mode} selected={mode === it.mode}>{words}</option>)}</select>;
          const networks = it.networks.map(({ network, count: times }) => `${network} (${count(times)})`).join(", ");
          return { key: name, cells: [MEASURES[name], does, count(it.seen), count(it.wouldRefuse), count(it.refused), networks] };
        })} />
        {steers && <button class="button primary" data-test="shield-save">{t("Apply")}</button>}
      </Form>
    </Card>
  );
}
