// Before the console: who somebody is, and for which organizer they work now.
import { useEffect, useRef } from "preact/hooks";
import { signIn } from "./ask";
import { type Choice, type Me, nameOf } from "./me";
import { t } from "./t";
import { Field, Form, titled } from "./ui";
import { list, plain } from "./words";

export function SignIn({ then }: { then: () => void }) {
  useEffect(() => { titled(t("Sign in")); }, []);
  const other = `/account/sign-in?next=${encodeURIComponent(location.pathname)}`;
  return (
    <div class="card alone">
      <h1>{t("Sign in")}</h1>
      <Form test="sign-in-form" send={async ({ email, password }) => {
        await signIn(email, password);
        then();
      }}>
        <Field label={t("E-mail")}><input type="email" name="email" autocomplete="username" required data-test="email" /></Field>
        <Field label={t("Password")}><input type="password" name="password" autocomplete="current-password" required data-test="password" /></Field>
        <button class="button primary" data-test="sign-in">{t("Sign in")}</button>
      </Form>
      <p class="small"><a href={other}>{t("Sign in another way")}</a></p>
    </div>
  );
}

export function Choose({ me, pick }: { me: Me; pick: (choice: Choice) => void }) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    titled(t("For whom?"));
    head.current?.focus();
  }, []);
  if (me.choices.length === 0) {
    return (
      <div class="card alone">
        <h1>{t("Not an organizer’s account")}</h1>
        <p>{t("{email} works for no organizer. Whoever runs the event can add this address to their team.", { email: me.account.email ?? "" })}</p>
      </div>
    );
  }
  return (
    <div class="card alone" data-test="choose">
      <h1 ref={head} tabIndex={-1}>{t("For whom do you work now?")}</h1>
      <ul class="choices">
        {me.choices.map((choice) => (
          <li>
            <button type="button" class="choice" data-test="choice" data-organizer={choice.organizerId} onClick={() => pick(choice)}>
              <strong>{choice.organizerId === me.account.accountId ? (choice.name ?? t("Your own events")) : nameOf(choice)}</strong>
              <span>{list([plain(choice.role), ...(choice.eventIds ? [t("{n} event|{n} events", { n: choice.eventIds.length })] : [])])}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
