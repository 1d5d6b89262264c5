// What happened in the last minutes or hours.
import { useMemo, useState } from "preact/hooks";
import { download } from "../ask";
import { Plot } from "../plot";
import { t } from "../t";
import { minutes, ms, span } from "../words";
import { column, points } from "./series";
import type { RoomStore } from "./store";
import { title } from "./timeline";

const SPANS: [string, number][] = [[span(300), 300], [span(900), 900], [span(3600), 3600], [span(21_600), 21_600], [t("All"), 90_000]];

/** Changes that are marked in the plots. */
const MARKED = new Set(["tuned", "paused", "resumed", "opened", "drained", "reopened", "bypassed", "rejected", "restored", "driven", "openingBegun", "openingEnded"]);

export function Plots({ store }: { store: RoomStore }) {
  const [over, choose] = useState(900);
  const [problem, tell] = useState("");
  const last = store.seconds.at(-1)?.at ?? Math.round(Date.now() / 1000);
  const all = useMemo(() => points(store.minutes, store.seconds, over, last), [over, last, store.minutes.length]);
  const at = all.map((point) => point.at);
  const marks = store.log.filter((entry) => MARKED.has(entry.kind)).map((entry) => ({ at: Date.parse(entry.at) / 1000, name: title(entry.kind) }));
  const shared = { at, marks, group: "room" };
  const save = (): void => void download(`${store.base}/history.csv`, `history-${store.id}.csv`).catch(() => tell(t("The table could not be had.")));
  return (
    <section class="card plots" aria-label={t("Plots")}>
      <div class="card-head">
        <h2>{t("How it went")}</h2>
        <div class="switch" role="group" aria-label={t("How far back")}>
          {SPANS.map(([name, seconds]) => <button type="button" aria-pressed={over === seconds} onClick={() => choose(seconds)}>{name}</button>)}
        </div>
      </div>
      <Plot {...shared} title={t("The line")} test="plot-line" lines={[
        { name: t("Waiting"), color: "c1", values: column(all, "waiting"), filled: true }, { name: t("Away"), color: "c5", values: column(all, "away") },
      ]} />
      <Plot {...shared} title={t("Let in a minute")} lines={[
        { name: t("Let in"), color: "c2", values: column(all, "admitted"), filled: true }, { name: t("Allowed"), color: "c5", values: column(all, "target"), dashed: true },
        { name: t("Did not come"), color: "c4", values: column(all, "noShows") },
      ]} />
      <Plot {...shared} title={t("Inside")} lines={[
        { name: t("Inside"), color: "c1", values: column(all, "active"), filled: true }, { name: t("Called"), color: "c3", values: column(all, "called") },
      ]} />
      <Plot {...shared} title={t("How long they waited")} axis={minutes} lines={[
        { name: t("Half"), color: "c1", values: column(all, "p50"), format: span }, { name: t("Nine in ten"), color: "c3", values: column(all, "p90"), format: span },
      ]} />
      {over <= 900 && (
        <Plot {...shared} title={t("The shop")} lines={[
          { name: t("Nine in ten answers"), color: "c3", values: column(all, "latency"), format: ms }, { name: t("Errors in 10 s"), color: "c4", values: column(all, "errors") },
        ]} />
      )}
      <p class="small"><button type="button" class="link" data-test="history-csv" onClick={save}>{t("All minutes as a table (CSV)")}</button> <span role="status">{problem}</span></p>
    </section>
  );
}
