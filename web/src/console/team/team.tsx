// Who works for the organizer, and the keys with which programs act for them.
import { useEffect, useState } from "preact/hooks";
import { get, send, wrong } from "../ask";
import type { Shown } from "../main";
import type { Permission } from "../me";
import type { Key, Member } from "../types";
import { Card, Field, Form, Problem, Said, Secret, confirmed } from "../ui";
import { instant, local, moment, plain } from "../words";

const ROLES: [Member["role"], string][] = [
  ["owner", "everything, the team too"], ["manager", "everything but the team"], ["boxOffice", "sells, and knows who bought"], ["door", "opens doors, checks tickets"],
  ["viewer", "looks on"],
];
const PERMISSIONS: Permission[] = ["look", "figures", "buyers", "catalog", "sell", "money", "codes", "room", "door", "audit"];

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
    document.title = "Team and keys: Usher console";
    look();
  }, []);
  const attempt = async (title: string, lines: string[], yes: string, path: string): Promise<void> => {
    if (await confirmed({ title, lines, yes })) await send("DELETE", path).then(look, (error: unknown) => tell(wrong(error)));
  };
  const role = (member: Member, to: string): void => void send("PUT", `/team/member/${member.accountId}`, { role: to, ...(member.eventIds && { eventIds: member.eventIds }) })
    .then(look, (error: unknown) => tell(wrong(error)));
  const events = (all: readonly string[] | null): string => (all ? `${all.length} ${all.length === 1 ? "event" : "events"}` : "all events");
  return (
    <>
      <h1>Team and keys</h1>
      <Problem text={problem} />
      <div class="columns">
        <Card title="Who works here" test="team">
          <ul class="rows">
            {(members ?? []).map((member) => (
              <li key={member.accountId} data-test="member">
                <div><strong>{member.email}</strong><span class="under">{events(member.eventIds)}, since {moment(member.addedAt)}</span></div>
                <select aria-label={`Role of ${member.email}`} value={member.role} onChange={(event) => role(member, event.currentTarget.value)}>
                  {ROLES.map(([name]) => <option value={name} selected={name === member.role}>{plain(name)}</option>)}
                </select>
                <button type="button" class="link" onClick={() => void attempt(`Take ${member.email} out?`, ["They may do nothing here within two seconds."], "Take them out", `/team/member/${member.accountId}`)}>Take out</button>
              </li>
            ))}
          </ul>
          {members?.length === 0 && <p class="quiet">Nobody but the organizer.</p>}
          <Form test="member-form" send={async ({ email, role: as, eventIds }, form) => {
            const only = ids(eventIds);
            await send("POST", "/team/member", { email, role: as, ...(only && { eventIds: only }) });
            form.reset();
            look();
            return "They work here from now on.";
          }}>
            <h3>Add somebody</h3>
            <div class="fields">
              <Field label="E-mail of their account"><input name="email" type="email" required autocomplete="off" data-test="member-email" /></Field>
              <Field label="Role"><select name="role" defaultValue="viewer" data-test="member-role">{ROLES.map(([name, words]) => <option value={name} selected={name === "viewer"}>{plain(name)}: {words}</option>)}</select></Field>
            </div>
            <Field label="For which events" hint="Their ids. All, those to come too, where it is empty."><input name="eventIds" autocomplete="off" /></Field>
            <button class="button primary" data-test="member-add">Add</button>
          </Form>
        </Card>
        <Card title="Keys" test="keys">
          {made?.key && <Secret label={`The key “${made.name}”. It is shown once.`} text={made.key} test="key-secret" />}
          <ul class="rows">
            {(keys ?? []).map((key) => (
              <li key={key.keyId} data-test="key">
                <div>
                  <strong>{key.name}</strong> <code>{key.prefix}…</code>
                  <span class="under">{key.permissions.join(", ")}; {events(key.eventIds)}; {key.revokedAt ? `revoked ${moment(key.revokedAt)}` : `until ${moment(key.endsAt)}`}; {key.usedAt ? `used ${moment(key.usedAt)}` : "never used"}</span>
                </div>
                {!key.revokedAt && <button type="button" class="link" onClick={() => void attempt(`Revoke “${key.name}”?`, ["Whatever uses it is refused within two seconds."], "Revoke it", `/team/key/${key.keyId}`)}>Revoke</button>}
              </li>
            ))}
          </ul>
          {keys?.length === 0 && <p class="quiet">No program acts for you.</p>}
          <Form test="key-form" send={async (values, form) => {
            const permissions = PERMISSIONS.filter((permission) => values[permission] !== undefined);
            if (permissions.length === 0) throw new Said("Choose what it may do.");
            const only = ids(values["eventIds"]);
            keep(await send<Key>("POST", "/team/key", { name: values["name"], permissions, endsAt: instant(values["endsAt"]), ...(only && { eventIds: only }) }, undefined, crypto.randomUUID()));
            form.reset();
            look();
          }}>
            <h3>Make a key</h3>
            <div class="fields">
              <Field label="Name"><input name="name" required maxLength={100} autocomplete="off" data-test="key-name" /></Field>
              <Field label="Good until"><input name="endsAt" type="datetime-local" required defaultValue={local(Date.now() + 90 * 86_400_000)} /></Field>
            </div>
            <fieldset class="checks"><legend>What it may do</legend>
              {PERMISSIONS.map((permission) => <label class="check"><input type="checkbox" name={permission} defaultChecked={permission === "look"} /> {permission}</label>)}
            </fieldset>
            <Field label="For which events" hint="Their ids. All, where it is empty."><input name="eventIds" autocomplete="off" /></Field>
            <button class="button primary" data-test="key-make">Make it</button>
          </Form>
        </Card>
      </div>
    </>
  );
}
