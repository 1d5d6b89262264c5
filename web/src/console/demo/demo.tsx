// Fans on request, on a system with the demo data: they come, wait, go in, buy and pay, and what was promised is looked at afterwards.
import { useEffect, useState } from "preact/hooks";
import { get, send, wrong } from "../ask";
import { useEvery } from "../source";
import { t } from "../t";
import { Bar, Card, Field, Form, Problem, Table, titled } from "../ui";
import { count, span } from "../words";

interface Promised {
  promise: string;
  checked: string;
  breaches: number;
}

interface Show {
  fans: number;
  seats: number;
  seconds: number;
  running: boolean;
  eventId: string | null;
  roomId: string | null;
  arrived: number;
  inLine: number;
  called: number;
  bought: number;
  soldOut: number;
  failed: number;
  promises: Promised[] | null;
  problem: string | null;
}

interface Demo {
  most: number;
  show?: Show;
}

export function DemoPage() {
  const [demo, put] = useState<Demo>();
  const [problem, tell] = useState<string>();
  useEffect(() => { titled(t("Demo")); }, []);
  const look = (): void => void get<Demo>("/demo").then((told) => { put(told); tell(undefined); }, (error: unknown) => tell(wrong(error)));
  useEvery(1000, look, []);
  const show = demo?.show;
  return (
    <>
      <h1>{t("Let fans come")}</h1>
      <Problem text={problem} />
      <Card title={t("A rush")}>
        <p class="quiet">{t("An event with a waiting room is made, and so many fans come within half a minute. Each takes a place, waits, goes in, chooses seats and pays at the sandbox. Nothing of it is real money.")}</p>
        <Form test="demo-form" className="fields" send={async ({ fans, seats }) => {
          put(await send<Demo>("POST", "/demo/fans", { fans: Number(fans), ...(seats && { seats: Number(seats) }) }));
        }}>
          <Field label={t("Fans")} hint={demo && t("at most {n}", { n: demo.most })}><input name="fans" type="number" min="1" max={demo?.most ?? 50_000} defaultValue="2000" required data-test="demo-fans" /></Field>
          <Field label={t("Seats")} hint={t("or a quarter of the fans")}><input name="seats" type="number" min="1" max="50000" data-test="demo-seats" /></Field>
          <button class="button primary" data-test="demo-start" disabled={show?.running}>{t("Let them come")}</button>
        </Form>
      </Card>
      {show && <Progress show={show} />}
    </>
  );
}

function Progress({ show }: { show: Show }) {
  const rows: [string, number, number][] = [
    [t("Arrived"), show.arrived, show.fans], [t("Waiting in line"), show.inLine, show.fans], [t("Called in"), show.called, show.fans],
    [t("Bought tickets"), show.bought, show.fans], [t("Came too late"), show.soldOut, show.fans], [t("Without an answer"), show.failed, show.fans],
  ];
  return (
    <Card title={show.running ? t("Under way for {span}", { span: span(show.seconds) }) : t("It is over")} test="demo-show" side={
      show.running && <button type="button" class="button danger" data-test="demo-stop" onClick={() => void send("DELETE", "/demo/fans")}>{t("Send them home")}</button>
    }>
      {show.roomId && <p><a href={`/console/room/${show.roomId}`} data-test="demo-room">{t("Watch the line drain")}</a>{show.eventId && <> · <a href={`/console/event/${show.eventId}`}>{t("How it sells")}</a> · <a href={`/queue/${show.roomId}`}>{t("Stand in it yourself")}</a></>}</p>}
      <Table label={t("How the fans fare")} test="demo-fare" heads={[t("Fans"), `#${t("How many")}`, t("Share")]} rows={rows.map(([name, number, of]) => ({
        key: name, cells: [name, count(number), <Bar part={of ? number / of : 0} />],
      }))} />
      <Problem text={show.problem ?? undefined} />
      {show.promises && <Table label={t("What was promised")} test="demo-promises" heads={[t("Promise"), t("What was looked at"), `#${t("Broken")}`]} rows={show.promises.map(({ promise, checked, breaches }) => ({
        key: promise, cells: [promise, checked, count(breaches)],
      }))} />}
    </Card>
  );
}
