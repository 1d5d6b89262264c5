// How the pages of a room look, the link by which one sees it before fans do, and what a site of one's own shows of the room.
import { useEffect, useState } from "preact/hooks";
import { get, send, sendFile, wrong } from "../ask";
import { may } from "../me";
import { t } from "../t";
import type { Brand as Mails, BrandLink, RoomBrand, RoomLogo } from "../types";
import { Card, Field, Form, Problem, Said } from "../ui";
import { moment } from "../words";
import type { RoomStore } from "../room/store";

type Texts = { welcome?: string; rules?: string; help?: string };

/** A look while it is made: what is undefined is not there. */
interface Look {
  name?: string | undefined;
  accent?: string | undefined;
  accentDark?: string | undefined;
  logo?: string | undefined;
  link?: string | undefined;
  languages?: string[] | undefined;
  language?: string | undefined;
  texts?: Record<string, Texts> | undefined;
}

/** The languages of the pages, by what each calls itself. */
const LANGUAGES: [string, string][] = [["en", "English"], ["de", "Deutsch"], ["es", "Español"], ["pt", "Português"], ["ja", "日本語"]];

const SCENES: [string, () => string][] = [
  ["waiting", () => t("In line")], ["paused", () => t("Paused")], ["called", () => t("It is one’s turn")], ["active", () => t("Inside")],
  ["lobby", () => t("In the draw")], ["drawing", () => t("While it is drawn")], ["soldOut", () => t("Sold out")],
  ["free", () => t("Nobody has to wait")], ["ended", () => t("Over")], ["entry", () => t("Code and friends")],
];

/** The most bytes of a logo. */
const LOGO_MAX = 12 * 1024;

export function LookPage({ store }: { store: RoomStore }) {
  const [saved, put] = useState<RoomBrand>();
  const [problem, tell] = useState<string>();
  useEffect(() => void get<RoomBrand>(`${store.base}/brand`).then(put, (error: unknown) => tell(wrong(error))), [store.room?.version]);
  if (!saved) return <Problem text={problem} />;
  return (
    <div class="columns">
      <Dress key={saved.look ?? "none"} store={store} saved={saved} />
      <Embed saved={saved} />
    </div>
  );
}

function Dress({ store, saved }: { store: RoomStore; saved: RoomBrand }) {
  const steers = may(store.me, "room");
  const [look, put] = useState<Look>(saved.brand);
  const [logo, keep] = useState<RoomLogo | null>(saved.logo);
  const [language, turn] = useState<string>(look.language ?? look.languages?.[0] ?? "en");
  const [scene, play] = useState("waiting");
  const [link, show] = useState<BrandLink>();
  const set = (more: Partial<Look>): void => put({ ...look, ...more });
  const offered = look.languages ?? [];
  const texts: Texts = look.texts?.[language] ?? {};
  const write = (more: Texts): void => set({ texts: { ...look.texts, [language]: { ...texts, ...more } } });
  const asked = (): unknown => {
    const { accent, accentDark, languages, language: usual, ...rest } = look;
    const isOffered = !languages?.length || languages.some((one) => one === usual);
    return {
      ...rest, ...(accent && { accent }), ...(accent && accentDark && { accentDark }), ...(languages?.length && { languages }),
      ...(usual && isOffered && { language: usual }),
    };
  };
  // The window is opened before anything is asked: a browser opens none later.
  const see = async (): Promise<void> => {
    const tab = open("about:blank", `look-${store.id}`);
    try {
      const made = await send<BrandLink>("POST", `${store.base}/brand/preview`, { brand: asked() });
      show(made);
      if (tab) tab.location.href = `${made.url}&state=${scene}&lang=${language}`;
    } catch (error) {
      tab?.close();
      throw error;
    }
  };
  const fill = async (): Promise<void> => {
    const { name, colour } = await get<Mails>("/brand");
    if (!name && !colour) throw new Said(t("Your mails have no name and no colour yet."));
    set({ ...(name && { name }), ...(colour && { accent: colour }) });
  };
  return (
    <Card title={t("Look of the page")} test="look">
      <p>{t("What fans see above and below their place in line. Colours are made readable by day and by night.")}</p>
      <Form test="look-form" send={async (_, __, button) => {
        if (button?.value === "see") return see();
        if (button?.value === "fill") return fill();
        return (await store.change("PUT", "/brand", { brand: asked() })) ? t("Fans see this now.") : undefined;
      }}>
        <fieldset class="plain" disabled={!steers}>
          <div class="fields">
            <Field label={t("Name at the top")}><input data-test="look-name" maxLength={60} value={look.name ?? ""} onInput={(event) => set({ name: event.currentTarget.value })} /></Field>
            <Field label={t("Your address")}><input type="url" data-test="look-link" pattern="https://.*" placeholder="https://" maxLength={300} value={look.link ?? ""} onInput={(event) => set({ link: event.currentTarget.value })} /></Field>
          </div>
          <div class="fields">
            <Hue label={t("Colour")} test="look-accent" value={look.accent ?? undefined} set={(accent) => set({ accent })} />
            {look.accent && <Hue label={t("Colour on dark pages")} test="look-dark" value={look.accentDark ?? undefined} set={(accentDark) => set({ accentDark })} />}
          </div>
          <Logo store={store} logo={logo} take={(taken) => { keep(taken); set({ logo: taken?.logo }); }} />
          <fieldset class="checks">
            <legend>{t("Languages that are offered")}</legend>
            {LANGUAGES.map(([code, name]) => (
              <label class="check" lang={code}><input type="checkbox" data-test={`offer-${code}`} checked={offered.length === 0 || offered.some((one) => one === code)} onChange={(event) => {
                const all = LANGUAGES.map(([one]) => one).filter((one) => (one === code ? event.currentTarget.checked : offered.length === 0 || offered.some((it) => it === one)));
                set({ languages: all.length === LANGUAGES.length ? [] : all });
              }} /> {name}</label>
            ))}
          </fieldset>
          <Field label={t("Language for everybody else")}>
            <select data-test="look-language" value={look.language ?? ""} onChange={(event) => set({ language: event.currentTarget.value || undefined })}>
              <option value="">{t("the first that is offered")}</option>
              {LANGUAGES.map(([code, name]) => <option value={code} lang={code}>{name}</option>)}
            </select>
          </Field>
          <Field label={t("Texts in")}>
            <select data-test="texts-in" value={language} onChange={(event) => turn(event.currentTarget.value)}>
              {LANGUAGES.map(([code, name]) => <option value={code} lang={code}>{name}</option>)}
            </select>
          </Field>
          <Field label={t("What this is about")}><textarea lang={language} rows={3} maxLength={500} data-test="look-welcome" value={texts.welcome ?? ""} onInput={(event) => write({ welcome: event.currentTarget.value })} /></Field>
          <Field label={t("Rules")}><textarea lang={language} rows={4} maxLength={1000} data-test="look-rules" value={texts.rules ?? ""} onInput={(event) => write({ rules: event.currentTarget.value })} /></Field>
          <Field label={t("Address of a page with help")}><input type="url" pattern="https://.*" placeholder="https://" maxLength={300} data-test="look-help" value={texts.help ?? ""} onInput={(event) => write({ help: event.currentTarget.value })} /></Field>
          <div class="fields">
            <Field label={t("Look at it")}>
              <select data-test="look-scene" value={scene} onChange={(event) => play(event.currentTarget.value)}>
                {SCENES.map(([name, words]) => <option value={name}>{words()}</option>)}
              </select>
            </Field>
          </div>
          <div class="buttons">
            <button class="button primary" data-test="look-save" value="save">{t("Show it to fans")}</button>
            <button class="button" data-test="look-see" value="see">{t("Look at it first")}</button>
            <button class="link" value="fill">{t("Name and colour of your mails")}</button>
          </div>
        </fieldset>
      </Form>
      {link && (
        <p class="under">
          <a href={link.url} target={`look-${store.id}`} data-test="look-url">{t("Link to this look")}</a>{" "}
          {t("Whoever has it may look until {until}. Nobody takes a place by it.", { until: moment(link.expiresAt) })}
        </p>
      )}
    </Card>
  );
}

/** A colour that may be none. */
function Hue({ label, value, set, test }: { label: string; value: string | undefined; set: (colour: string | undefined) => void; test: string }) {
  return (
    <div class="hue">
      <Field label={label}><input type="color" data-test={test} value={value ?? "#2b4bc4"} onInput={(event) => set(event.currentTarget.value)} /></Field>
      {value ? <><code>{value}</code><button type="button" class="link" onClick={() => set(undefined)}>{t("Take it away")}</button></> : <span class="quiet">{t("as usual")}</span>}
    </div>
  );
}

function Logo({ store, logo, take }: { store: RoomStore; logo: RoomLogo | null; take: (logo: RoomLogo | null) => void }) {
  const [problem, tell] = useState<string>();
  const read = (file: File | undefined): void => {
    if (!file) return;
    tell(undefined);
    if (file.size > LOGO_MAX) return tell(t("This file has {size} kB: a logo has at most 12.", { size: Math.ceil(file.size / 1024) }));
    sendFile<RoomLogo>(`${store.base}/logo`, file).then(take, (error: unknown) => tell(wrong(error)));
  };
  return (
    <>
      <Field label={t("Logo")} hint={t("PNG, JPEG or WebP of at most 12 kB. It is shown up to 224 by 48 points.")}>
        <input type="file" data-test="look-logo" accept="image/png,image/jpeg,image/webp" onChange={(event) => read(event.currentTarget.files?.[0])} />
      </Field>
      <Problem text={problem} />
      {logo && (
        <p class="buttons">
          <img src={logo.address} alt={t("The logo")} height="48" data-test="look-picture" />
          <button type="button" class="link" onClick={() => take(null)}>{t("Take it away")}</button>
        </p>
      )}
    </>
  );
}

/** What stands on a site of one's own. */
function Embed({ saved }: { saved: RoomBrand }) {
  const { queue, embed: { script, pinned, integrity } } = saved;
  const room = queue.split("/").pop()!;
  const link = `<a href="${queue}">${t("Join the line")}</a>`;
  const element = `<usher-queue room="${room}">${link}</usher-queue>`;
  const gate = new URL(script).origin;
  return (
    <Card title={t("On your own site")} test="embed">
      <p>{t("Shows whether the line is open, how many wait and for how long, and leads to it. No frame, no cookies; where the script does not run, the link stands there.")}</p>
      <Snippet label={t("With a script")} test="snippet-script" text={`<script defer src="${script}"></script>\n${element}`} />
      <Snippet label={t("With just this version of the script")} test="snippet-pinned" text={`<script defer src="${pinned}"\n  integrity="${integrity}" crossorigin="anonymous"></script>\n${element}`} />
      <Snippet label={t("Without a script")} test="snippet-plain" text={link} />
      <Snippet label={t("What your site’s policy has to allow")} test="snippet-policy" text={`Content-Security-Policy: script-src ${gate}; connect-src ${gate}`} />
    </Card>
  );
}

function Snippet({ label, text, test }: { label: string; text: string; test: string }) {
  const [copied, copy] = useState(false);
  return (
    <div class="snippet">
      <div class="card-head"><strong>{label}</strong><button type="button" class="link" onClick={() => void navigator.clipboard.writeText(text).then(() => copy(true))}>{copied ? t("Copied") : t("Copy")}</button></div>
      <pre tabIndex={0} data-test={test}>{text}</pre>
    </div>
  );
}
