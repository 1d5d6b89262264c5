// Who works for the organizer, and the keys with which programs act for them.
import { useEffect, useState } from "preact/hooks";
import { get, send, wrong } from "../ask";
import type { Shown } from "../main";
import type { Permission } from "../me";
import { t } from "../t";
import type { Key, Member } from "../types";
import { Card, Field, Form, Problem, Said, Secret, confirmed, titled } from "../ui";
import { instant, list, local, moment, plain } from "../words";

const ROLES: [Member["role"], string][] = [
  ["owner", t("everything, the team too")], ["manager", t("everything but the team")], ["boxOffice", t("sells, and knows who bought")],
  ["door", t("opens doors, checks tickets")], ["viewer", t("looks on")],
];
const PERMISSIONS: [Permission, string][] = [
  ["look", t("look on")], ["figures", t("see figures")], ["buyers", t("know who bought")], ["catalog", t("change events")], ["sell", t("sell")], ["money", t("give money back")],
  ["codes", t("give out codes")], ["room", t("steer rooms")], ["door", t("open doors")], ["audit", t("see changes")],
];
const MAY: Record<string, string> = Object.fromEntries(PERMISSIONS);

const ids = (text: string): string[] | undefined => {
  const all = text.split(/[\s,]+/).filter((id) => id !== "");
  return all.length > 0 ? all : undefined;
};

export function TeamPage(_: Shown) {
  const [members, put] = useState<Member[]>();
  const [keys, show] = useState<Key[]>();
  const [made, keep] = useState<Key>();
  const [problem, tell] = useState<string>();
  const look = (): void => void Promise.all([get<{ members: Member[] }>("/team"), get<{ keys: Key[] }>("/team/key")])
    .then(([team, all]) => { put(team.members); show(all.keys); tell(undefined); }, (error: unknown) => tell(wrong(error)));
  useEffect(() => {
    titled(t("Team and keys"));
    look();
  }, []);
  const attempt = async (title: string, lines: string[], yes: string, path: string): Promise<void> => {
    if (await confirmed({ title, lines, yes })) await send("DELETE", path).then(look, (error: unknown) => tell(wrong(error)));
  };
  const role = (member: Member, to: string): void => void send("PUT", `/team/member/${member.accountId}`, { role: to, ...(member.eventIds && { eventIds: member.eventIds }) })
    .then(look, (error: unknown) => tell(wrong(error)));
  const events = (all: readonly string[] | null): string => (all ? t("{n} event|{n} events", { n: all.length }) : t("all events"));
  return (
    <>
      <h1>{t("Team and keys")}</h1>
      <Problem text={problem} />
      <div class="columns">
        <Card title={t("Who works here")} test="team">
          <ul class="rows">
            {(members ?? []).map((member) => (
              <li key={member.accountId} data-test="member">
                <div><strong>{member.email}</strong><span class="under">{t("{events}, since {time}", { events: events(member.eventIds), time: moment(member.addedAt) })}</span></div>
                <select aria-label={t("Role of {email}", { email: member.email })} value={member.role} onChange={(event) => role(member, event.currentTarget.value)}>
                  {ROLES.map(([name]) => <option value={name} selected={name === member.role}>{plain(name)}</option>)}
                </select>
                <button type="button" class="link" onClick={() => void attempt(t("Take {email} out?", { email: member.email }), [t("They may do nothing here within two seconds.")], t("Take them out"), `/team/member/${member.accountId}`)}>{t("Take out")}</button>
              </li>
            ))}
          </ul>
          {members?.length === 0 && <p class="quiet">{t("Nobody but the organizer.")}</p>}
          <Form test="member-form" send={async ({ email, role: as, eventIds }, form) => {
            const only = ids(eventIds);
            await send("POST", "/team/member", { email, role: as, ...(only && { eventIds: only }) });
            form.reset();
            look();
            return t("They work here from now on.");
          }}>
            <h3>{t("Add somebody")}</h3>
            <div class="fields">
              <Field label={t("E-mail of their account")}><input name="email" type="email" required autocomplete="off" data-test="member-email" /></Field>
              <Field label={t("Role")}><select name="role" defaultValue="viewer" data-test="member-role">{ROLES.map(([name, words]) => <option value={name} selected={name === "viewer"}>{t("{role}: {what}", { role: plain(name), what: words })}</option>)}</select></Field>
            </div>
            <Field label={t("For which events")} hint={t("Their ids. All, those to come too, where it is empty.")}><input name="eventIds" autocomplete="off" /></Field>
            <button class="button primary" data-test="member-add">{t("Add")}</button>
          </Form>
        </Card>
        <Card title={t("Keys")} test="keys">
          {made?.key && <Secret label={t("The key “{name}”. It is shown once.", { name: made.name })} text={made.key} test="key-secret" />}
          <ul class="rows">
            {(keys ?? []).map((key) => (
              <li key={key.keyId} data-test="key">
                <div>
                  <strong>{key.name}</strong> <code>{key.prefix}…</code>
                  <span class="under">{list(key.permissions.map((permission) => MAY[permission] ?? permission))}; {events(key.eventIds)}; {key.revokedAt ? t("revoked {time}", { time: moment(key.revokedAt) }) : t("until {time}", { time: moment(key.endsAt) })}; {key.usedAt ? t("used {time}", { time: moment(key.usedAt) }) : t("never used")}</span>
                </div>
                {!key.revokedAt && <button type="button" class="link" onClick={() => void attempt(t("Revoke “{name}”?", { name: key.name }), [t("Whatever uses it is refused within two seconds.")], t("Revoke it"), `/team/key/${key.keyId}`)}>{t("Revoke")}</button>}
              </li>
            ))}
          </ul>
          {keys?.length === 0 && <p class="quiet">{t("No program acts for you.")}</p>}
          <Form test="key-form" send={async (values, form) => {
            const permissions = PERMISSIONS.map(([permission]) => permission).filter((permission) => values[permission] !== undefined);
            if (permissions.length === 0) throw new Said(t("Choose what it may do."));
            const only = ids(values["eventIds"]);
            keep(await send<Key>("POST", "/team/key", { name: values["name"], permissions, endsAt: instant(values["endsAt"]), ...(only && { eventIds: only }) }, undefined, crypto.randomUUID()));
            form.reset();
            look();
          }}>
            <h3>{t("Make a key")}</h3>
            <div class="fields">
              <Field label={t("Name")}><input name="name" required maxLength={100} autocomplete="off" data-test="key-name" /></Field>
              <Field label={t("Good until")}><input name="endsAt" type="datetime-local" required defaultValue={local(Date.now() + 90 * 86_400_000)} /></Field>
            </div>
            <fieldset class="checks"><legend>{t("What it may do")}</legend>
              {PERMISSIONS.map(([permission, words]) => <label class="check"><input type="checkbox" name={permission} defaultChecked={permission === "look"} /> {words}</label>)}
            </fieldset>
            <Field label={t("For which events")} hint={t("Their ids. All, where it is empty.")}><input name="eventIds" autocomplete="off" /></Field>
            <button class="button primary" data-test="key-make">{t("Make it")}</button>
          </Form>
        </Card>
      </div>
    </>
  );
}
