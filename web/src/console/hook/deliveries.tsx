// The log of a webhook: what was sent, what was answered, and sending it again.
import { useState } from "preact/hooks";
import { get, send, wrong } from "../ask";
import { useEvery } from "../source";
import { t } from "../t";
import type { Deliveries, Delivery, Webhook } from "../types";
import { Field, Form, Pill, Problem } from "../ui";
import { clock, instant, list, local, ms } from "../words";

type State = "" | Delivery["state"];

const STATES: [State, string][] = [["", t("All")], ["failed", t("Failed")], ["due", t("On their way")], ["delivered", t("Arrived")]];
const WORDS = { due: t("on its way"), delivered: t("arrived"), failed: t("failed") };

export function Log({ hook, again, look }: { hook: Webhook; again: number; look: () => Promise<void> }) {
  const path = `/webhook/${hook.webhookId}`;
  const [state, choose] = useState<State>("");
  const [told, put] = useState<Deliveries>();
  const [older, add] = useState<Delivery[]>([]);
  const [next, turn] = useState<string>();
  const [problem, tell] = useState<string>();
  const read = (): void => void get<Deliveries>(`${path}/delivery${state && `?state=${state}`}`).then((all) => {
    put(all);
    if (older.length === 0) turn(all.next);
    tell(undefined);
  }, (error: unknown) => tell(wrong(error)));
  useEvery(2000, read, [state, again, older.length]);
  const more = (): void => void get<Deliveries>(next!).then((all) => { add([...older, ...all.deliveries]); turn(all.next); }, (error: unknown) => tell(wrong(error)));
  const replay = (one: Delivery): void => void send("POST", `${path}/delivery/${one.noticeId}/replay`).then(read, (error: unknown) => tell(wrong(error)));
  return (
    <section class="deliveries" aria-label={t("Sent to {url}", { url: hook.url })}>
      <div class="card-head">
        <h3>{t("What was sent")}</h3>
        <div class="switch" role="group" aria-label={t("Which")}>
          {STATES.map(([value, words]) => <button type="button" aria-pressed={state === value} onClick={() => { add([]); choose(value); }}>{words}</button>)}
        </div>
      </div>
      <Problem text={problem} />
      {told?.deliveries.length === 0 && <p class="quiet">{t("Nothing in the last thirty days.")}</p>}
      <ul class="rows" data-test="deliveries">
        {[...(told?.deliveries ?? []), ...older].map((one) => <One key={one.noticeId} one={one} path={path} replay={hook.enabled ? replay : undefined} />)}
      </ul>
      {next && <button type="button" class="button" onClick={more}>{t("Older ones")}</button>}
      <details>
        <summary>{t("Send again all that did not arrive")}</summary>
        <Form test="replay-form" className="fields" send={async ({ since }) => {
          const { replayed } = await send<{ replayed: number }>("POST", `${path}/replay`, { since: instant(since) });
          read();
          await look();
          return t("{n} is sent again.|{n} are sent again.", { n: replayed });
        }}>
          <Field label={t("Since")}><input type="datetime-local" name="since" defaultValue={local(Date.now() - 86_400_000)} required /></Field>
          <button class="button" disabled={!hook.enabled}>{t("Send them again")}</button>
        </Form>
      </details>
    </section>
  );
}

function One({ one, path, replay }: { one: Delivery; path: string; replay: ((one: Delivery) => void) | undefined }) {
  const [body, put] = useState<string>();
  const last = one.attempts.at(-1);
  const open = (): void => void get<Delivery>(`${path}/delivery/${one.noticeId}`).then((whole) => put(pretty(whole.body)), () => put(t("The body could not be had.")));
  return (
    <li data-test="delivery" data-type={one.type} data-state={one.state} data-attempts={one.attempts.length}>
      <details onToggle={(event) => { if (event.currentTarget.open && body === undefined) open(); }}>
        <summary>
          <time dateTime={one.createdAt}>{clock(one.createdAt)}</time> <code>{one.type}</code> <Pill state={one.state} words={WORDS[one.state]} />
          <span class="quiet">{list([
            last ? answer(last) : t("not tried yet"), ...(one.attempts.length > 1 ? [t("{n} attempt|{n} attempts", { n: one.attempts.length })] : []),
            ...(one.nextAttemptAt ? [t("next {time}", { time: clock(one.nextAttemptAt) })] : []),
          ])}</span>
        </summary>
        <p class="small">{t("Id")} <code>{one.messageId}</code></p>
        {one.attempts.length > 0 && <ol class="small">{one.attempts.map((attempt) => <li>{clock(attempt.at)}: {answer(attempt)}</li>)}</ol>}
        <pre tabIndex={0} data-test="delivery-body"><code>{body ?? "…"}</code></pre>
      </details>
      {replay && <button type="button" class="link" data-test="replay" onClick={() => replay(one)}>{t("Send again")}</button>}
    </li>
  );
}

const answer = ({ status, error, durationMs }: Delivery["attempts"][number]): string => t("{answer} in {span}", { answer: status === null || status === undefined ? error ?? t("no answer") : String(status), span: ms(durationMs) });

function pretty(body: string | undefined): string {
  if (body === undefined) return t("The body is kept no longer.");
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
