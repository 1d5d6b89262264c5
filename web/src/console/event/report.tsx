// What was sold day by day: plots, the table, and both on paper.
import { useState } from "preact/hooks";
import { price } from "../../shared/money";
import { download, wrong } from "../ask";
import { Plot } from "../plot";
import type { Event, SalesReport } from "../types";
import { Card, Table } from "../ui";
import { count, day as written } from "../words";
import { days } from "./figures";

export function Report({ event, sales }: { event: Event; sales: SalesReport }) {
  const [problem, tell] = useState("");
  const all = days(sales);
  const at = all.map(({ day }) => Date.parse(day) / 1000);
  const money = (minor: number): string => price({ minor, currency: sales.currency }, "en");
  const unit = 10 ** (new Intl.NumberFormat("en", { style: "currency", currency: sales.currency }).resolvedOptions().maximumFractionDigits ?? 2);
  const save = (): void => void download(`/event/${event.eventId}/sales.csv`, `sales-${event.eventId}.csv`).catch((error: unknown) => tell(wrong(error)));
  const when = (second: number): string => written(second * 1000);
  return (
    <Card title="Report" test="report" side={(
      <div class="buttons no-print">
        <button type="button" class="link" data-test="sales-csv" onClick={save}>As a table (CSV)</button>
        <button type="button" class="link" onClick={() => print()}>Print</button>
        <span role="status">{problem}</span>
      </div>
    )}>
      {all.length === 0 ? <p class="quiet">Nothing was sold yet.</p> : (
        <>
          {all.length > 1 && (
            <div class="columns three">
              <Plot title="Sold a day" at={at} when={when} group="report" lines={[
                { name: "Sold", color: "c1", values: all.map((one) => one.sold), bars: true }, { name: "Came back", color: "c4", values: all.map((one) => one.returned) },
              ]} />
              <Plot title="Sold in all" at={at} when={when} group="report" lines={[{ name: "Sold", color: "c2", values: all.map((one) => one.total), filled: true }]} />
              <Plot title={`Taken in a day, ${sales.currency}`} at={at} when={when} group="report" lines={[{ name: "Taken in", color: "c3", values: all.map((one) => one.gross / unit), format: (whole) => money(Math.round(whole * unit)), bars: true }]} />
            </div>
          )}
          <Days sales={sales} money={money} />
        </>
      )}
    </Card>
  );
}

const HEADS = ["Day", "Tier", "#Sold", "#Face value", "#Discounts", "#Fees", "#Tax", "#Gross", "#Came back", "#Paid back"];

function Days({ sales, money }: { sales: SalesReport; money: (minor: number) => string }) {
  const cells = (row: Omit<SalesReport["rows"][number], "day" | "tier" | "tierId">): string[] => [
    count(row.sold), money(row.face), money(row.discounts), money(row.fees), money(row.tax), money(row.gross), count(row.returned), money(row.refunded),
  ];
  return (
    <>
      <Table label="Sales by day and tier" test="report-rows" heads={HEADS} foot={["In all", "", ...cells(sales.total)]}
        rows={sales.rows.map((row) => ({ key: row.day + row.tierId, cells: [<time dateTime={row.day}>{row.day}</time>, row.tier, ...cells(row)] }))} />
      <p class="small">Days are those of {sales.timeZone}.</p>
    </>
  );
}
