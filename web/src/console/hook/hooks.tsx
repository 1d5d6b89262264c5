// Webhooks: where the organizer is told what happens, and whether it arrived.
import { useEffect, useState } from "preact/hooks";
import { get, send, wrong } from "../ask";
import type { Shown } from "../main";
import { t } from "../t";
import type { Webhook, Webhooks } from "../types";
import { Card, Field, Form, Pill, Problem, Said, Secret, confirmed, titled } from "../ui";
import { clock, moment } from "../words";
import { Log } from "./deliveries";

const CAUSES = { organizer: t("You switched it off"), gone: t("It answered that it wants nothing more (410)"), failing: t("Nothing arrived for three days") };

export function HooksPage(_: Shown) {
  const [told, put] = useState<Webhooks>();
  const [problem, tell] = useState<string>();
  const [secret, keep] = useState<{ id: string; text: string; rotated: boolean }>();
  const look = (): Promise<void> => get<Webhooks>("/webhook").then((all) => { put(all); tell(undefined); }, (error: unknown) => tell(wrong(error)));
  useEffect(() => {
    titled(t("Webhooks"));
    void look();
  }, []);
  const shown = (hook: Webhook, rotated: boolean): void => {
    if (hook.secret) keep({ id: hook.webhookId, text: hook.secret, rotated });
    void look();
  };
  return (
    <>
      <h1>{t("Webhooks")}</h1>
      <p class="quiet">{t("What happens is sent to these addresses, signed as Standard Webhooks says.")}</p>
      <Problem text={problem} />
      {told?.webhooks.length === 0 && <p class="quiet">{t("Nobody is told anything yet. Name an address below.")}</p>}
      {(told?.webhooks ?? []).map((hook) => (
        <Hook key={hook.webhookId} hook={hook} types={told!.types} look={look} shown={shown} secret={secret?.id === hook.webhookId ? secret : undefined} />
      ))}
      {told && (
        <Card title={t("New webhook")} test="new-hook">
          <HookForm types={told.types} words={t("Make it")} test="hook-form" send={async (body) => shown(await send<Webhook>("POST", "/webhook", body), false)} />
        </Card>
      )}
    </>
  );
}

interface Body {
  url: string;
  types: string[];
  description?: string;
  enabled: boolean;
}

function HookForm({ hook, types, words, test, send: give }: { hook?: Webhook; types: string[]; words: string; test: string; send: (body: Body) => Promise<string | void> }) {
  return (
    <Form test={test} send={async (values, form) => {
      const chosen = types.filter((type) => values[type] !== undefined);
      if (chosen.length === 0) throw new Said(t("Choose what is told there."));
      const said = await give({ url: values["url"], types: chosen, ...(values["description"] && { description: values["description"] }), enabled: hook ? values["enabled"] !== undefined : true });
      if (!hook) form.reset();
      return said;
    }}>
      <div class="fields">
        <Field label={t("Address")}><input name="url" type="url" required placeholder="https://…" defaultValue={hook?.url ?? ""} autocomplete="off" data-test="hook-url" /></Field>
        <Field label={t("What it is for")}><input name="description" maxLength={200} defaultValue={hook?.description ?? ""} autocomplete="off" /></Field>
      </div>
      <fieldset class="checks"><legend>{t("What is told")}</legend>
        {types.map((type) => <label class="check"><input type="checkbox" name={type} defaultChecked={hook ? hook.types.includes(type) : true} /> <code>{type}</code></label>)}
      </fieldset>
      {hook && <label class="check"><input type="checkbox" name="enabled" defaultChecked={hook.enabled} data-test="hook-enabled" /> {t("Switched on")}</label>}
      <button class="button primary" data-test="hook-save">{words}</button>
    </Form>
  );
}

interface One {
  hook: Webhook;
  types: string[];
  look: () => Promise<void>;
  shown: (hook: Webhook, rotated: boolean) => void;
  secret: { text: string; rotated: boolean } | undefined;
}

function Hook({ hook, types, look, shown, secret }: One) {
  const path = `/webhook/${hook.webhookId}`;
  const [tested, count_] = useState(0);
  const [said, say] = useState<{ text: string; bad: boolean }>();
  const attempt = (work: Promise<string | undefined>): void => void work.then((text) => say(text ? { text, bad: false } : undefined), (error: unknown) => say({ text: wrong(error), bad: true }));
  const test = async (): Promise<string> => {
    await send("POST", `${path}/test`);
    count_((n) => n + 1);
    return t("A test is on its way: see below.");
  };
  const rotate = async (): Promise<undefined> => {
    const yes = await confirmed({ title: t("Make a new secret?"), lines: [t("The old one signs too for 24 hours: the receiver changes over in its own time.")], yes: t("Make a new secret") });
    if (yes) shown(await send<Webhook>("POST", `${path}/secret`, { keepHours: 24 }), true);
  };
  const remove = async (): Promise<undefined> => {
    const yes = await confirmed({ title: t("Take this webhook away?"), lines: [t("Nothing is sent to {url} any more.", { url: hook.url }), t("Its log goes too.")], yes: t("Take it away") });
    if (yes) await send("DELETE", path).then(look);
  };
  return (
    <Card test="hook">
      <div class="card-head">
        <h2 class="url">{hook.url}</h2>
        <Pill state={hook.enabled ? "enabled" : "off"} words={hook.enabled ? t("on") : t("off")} test="hook-state" />
      </div>
      <p class="quiet">{hook.description && <>{hook.description} · </>}{hook.types.length === types.length ? t("is told everything") : hook.types.join(", ")}</p>
      {hook.off && <p class="note bad" data-test="hook-off">{CAUSES[hook.off.cause]}, {moment(hook.off.at)}. {hook.off.cause !== "organizer" && t("What happens meanwhile is not told. Look at what it answered below, then switch it on again.")}</p>}
      {hook.failures > 0 && hook.enabled && <p class="note">{hook.failingSince
        ? t("{n} in a row did not arrive, since {time}.", { n: hook.failures, time: clock(hook.failingSince) })
        : t("{n} in a row did not arrive.", { n: hook.failures })}</p>}
      {hook.previousSecretUntil && Date.parse(hook.previousSecretUntil) > Date.now() && <p class="note">{t("The secret before signs too, until {time}.", { time: moment(hook.previousSecretUntil) })}</p>}
      {secret && <Secret label={secret.rotated ? t("The new secret. It is shown once.") : t("The secret, with which what is sent is signed. It is shown once.")} text={secret.text} test="hook-secret" />}
      <div class="buttons">
        <button type="button" class="button" data-test="hook-test" disabled={!hook.enabled} onClick={() => attempt(test())}>{t("Send a test")}</button>
        <button type="button" class="button" data-test="hook-rotate" onClick={() => attempt(rotate())}>{t("New secret")}</button>
        <button type="button" class="button danger" data-test="hook-remove" onClick={() => attempt(remove())}>{t("Take away")}</button>
      </div>
      <p class={said?.bad ? "said bad" : "said"} role="status" data-test="hook-said">{said?.text}</p>
      <details><summary>{t("Change it")}</summary>
        <HookForm key={JSON.stringify(hook)} hook={hook} types={types} words={t("Apply")} test="hook-change" send={async (body) => { await send("PUT", path, body); await look(); return t("This holds now."); }} />
      </details>
      <Log hook={hook} again={tested} look={look} />
    </Card>
  );
}
