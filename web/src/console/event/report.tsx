// What was sold day by day: plots, the table, and both on paper.
import { useEffect, useState } from "preact/hooks";
import { price } from "../../shared/money";
import { download, get, wrong } from "../ask";
import { type Me, nameOf } from "../me";
import { Plot } from "../plot";
import { t, tag } from "../t";
import type { Brand, Event, SalesReport } from "../types";
import { Card, Table } from "../ui";
import { calendar, count, day as written, moment } from "../words";
import { days } from "./figures";

/** What stands above the report on paper: of whom it is, and when; and what the file is called. */
export function PaperHead({ me, event }: { me: Me; event: Event }) {
  const [name, put] = useState(me.chosen?.name);
  const [at, look] = useState(Date.now());
  useEffect(() => void get<Brand>("/brand").then((brand) => { if (brand.name) put(brand.name); }, () => undefined), []);
  useEffect(() => {
    const screen = { title: "" };
    const before = (): void => {
      screen.title = document.title;
      document.title = t("{event}, {time}: report", { event: event.title, time: moment(event.startsAt) });
      look(Date.now());
    };
    const after = (): void => { document.title = screen.title; };
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => { removeEventListener("beforeprint", before); removeEventListener("afterprint", after); };
  }, [event.title, event.startsAt]);
  const own = me.chosen?.organizerId === me.account.accountId ? me.account.email : undefined;
  return (
    <p class="paper-only" data-test="paper-head">
      <strong>{name ?? own ?? (me.chosen && nameOf(me.chosen))}</strong> <span>{t("Report of {time}", { time: moment(at) })}</span>
    </p>
  );
}

export function Report({ event, sales }: { event: Event; sales: SalesReport }) {
  const [problem, tell] = useState("");
  const all = days(sales);
  const at = all.map(({ day }) => Date.parse(day) / 1000);
  const money = (minor: number): string => price({ minor, currency: sales.currency }, tag);
  const unit = 10 ** (new Intl.NumberFormat(tag, { style: "currency", currency: sales.currency }).resolvedOptions().maximumFractionDigits ?? 2);
  const save = (): void => void download(`/event/${event.eventId}/sales.csv`, `sales-${event.eventId}.csv`).catch((error: unknown) => tell(wrong(error)));
  const when = (second: number): string => written(second * 1000);
  return (
    <Card title={t("Report")} test="report" side={(
      <div class="buttons no-print">
        <button type="button" class="link" data-test="sales-csv" onClick={save}>{t("As a table (CSV)")}</button>
        <button type="button" class="link" data-test="print" onClick={() => print()}>{t("Print")}</button>
        <span role="status">{problem}</span>
      </div>
    )}>
      {all.length === 0 ? <p class="quiet">{t("Nothing was sold yet.")}</p> : (
        <>
          {all.length > 1 && (
            <div class="columns three">
              <Plot title={t("Sold a day")} at={at} when={when} group="report" lines={[
                { name: t("Sold"), color: "c1", values: all.map((one) => one.sold), bars: true }, { name: t("Came back"), color: "c4", values: all.map((one) => one.returned) },
              ]} />
              <Plot title={t("Sold in all")} at={at} when={when} group="report" lines={[{ name: t("Sold"), color: "c2", values: all.map((one) => one.total), filled: true }]} />
              <Plot title={t("Taken in a day, {currency}", { currency: sales.currency })} at={at} when={when} group="report" lines={[{ name: t("Taken in"), color: "c3", values: all.map((one) => one.gross / unit), format: (whole) => money(Math.round(whole * unit)), bars: true }]} />
            </div>
          )}
          <Days sales={sales} money={money} />
        </>
      )}
    </Card>
  );
}

const HEADS = [
  t("Day"), t("Tier"), `#${t("Sold")}`, `#${t("Face value")}`, `#${t("Discounts")}`, `#${t("Fees")}`, `#${t("Tax")}`, `#${t("Gross")}`, `#${t("Came back")}`, `#${t("Paid back")}`,
];

function Days({ sales, money }: { sales: SalesReport; money: (minor: number) => string }) {
  const cells = (row: Omit<SalesReport["rows"][number], "day" | "tier" | "tierId">): string[] => [
    count(row.sold), money(row.face), money(row.discounts), money(row.fees), money(row.tax), money(row.gross), count(row.returned), money(row.refunded),
  ];
  return (
    <>
      <Table label={t("Sales by day and tier")} test="report-rows" heads={HEADS} foot={[t("In all"), "", ...cells(sales.total)]}
        rows={sales.rows.map((row) => ({ key: row.day + row.tierId, cells: [<time dateTime={row.day}>{calendar(row.day)}</time>, row.tier, ...cells(row)] }))} />
      <p class="small">{t("Days are those of {zone}.", { zone: sales.timeZone })}</p>
    </>
  );
}
