// Before the console: who somebody is, and for which organizer they work now.
import { useEffect, useRef } from "preact/hooks";
import { call } from "../shared/api";
import { type Choice, type Me, nameOf } from "./me";
import { Field, Form } from "./ui";
import { plain } from "./words";

export function SignIn({ then }: { then: () => void }) {
  useEffect(() => { document.title = "Sign in: Usher console"; }, []);
  const other = `/account/sign-in?next=${encodeURIComponent(location.pathname)}`;
  return (
    <div class="card alone">
      <h1>Sign in</h1>
      <Form test="sign-in-form" send={async ({ email, password }) => {
        // A password that is wrong is not a session that is over.
        await call("POST", "/account/sign-in", { email, password });
        then();
      }}>
        <Field label="E-mail"><input type="email" name="email" autocomplete="username" required data-test="email" /></Field>
        <Field label="Password"><input type="password" name="password" autocomplete="current-password" required data-test="password" /></Field>
        <button class="button primary" data-test="sign-in">Sign in</button>
      </Form>
      <p class="small"><a href={other}>Sign in another way</a></p>
    </div>
  );
}

export function Choose({ me, pick }: { me: Me; pick: (choice: Choice) => void }) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = "For whom? Usher console";
    head.current?.focus();
  }, []);
  if (me.choices.length === 0) {
    return (
      <div class="card alone">
        <h1>Not an organizer’s account</h1>
        <p>{me.account.email} works for no organizer. Whoever runs the event can add this address to their team.</p>
      </div>
    );
  }
  return (
    <div class="card alone" data-test="choose">
      <h1 ref={head} tabIndex={-1}>For whom do you work now?</h1>
      <ul class="choices">
        {me.choices.map((choice) => (
          <li>
            <button type="button" class="choice" data-test="choice" data-organizer={choice.organizerId} onClick={() => pick(choice)}>
              <strong>{choice.organizerId === me.account.accountId ? `${choice.name ?? "Your own events"}` : nameOf(choice)}</strong>
              <span>{plain(choice.role)}{choice.eventIds && `, ${choice.eventIds.length} ${choice.eventIds.length === 1 ? "event" : "events"}`}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
