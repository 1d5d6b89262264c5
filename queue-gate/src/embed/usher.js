// <usher-queue room="…"><a href="…">The line</a></usher-queue>: shows a waiting room on a site of its organizer's.
// Without this script, and while the gate does not answer, the link inside the element stands there.
// It asks without cookies and knows nobody: who has a place sees it on the queue page.
(() => {
const base = document.currentScript?.src;
// In the order of FORMS.
const WORDS = {
en: 'Not open yet|Opens {t}|The draw is open|The line is open|Paused|Sold out|Nobody has to wait|This line is over|{n} person is waiting|{n} people are waiting|Nobody is waiting|If you join now: less than a minute|If you join now: about {b} min|If you join now: {a} to {b} min|Join the line|Go in|Ask for a ticket that comes back|In line already? See your place|Goes on {t}|Drawn {t}',
de: 'Noch nicht geöffnet|Öffnet {t}|Die Auslosung ist offen|Die Schlange ist offen|Unterbrochen|Ausverkauft|Niemand muss warten|Diese Schlange ist vorbei|{n} Person wartet|{n} Personen warten|Niemand wartet|Wenn Sie sich jetzt anstellen: unter einer Minute|Wenn Sie sich jetzt anstellen: etwa {b} Min.|Wenn Sie sich jetzt anstellen: {a} bis {b} Min.|Anstellen|Eintreten|Nach einer zurückgegebenen Karte fragen|Schon in der Schlange? Ihr Platz|Weiter {t}|Auslosung {t}',
es: 'Aún no está abierta|Abre {t}|El sorteo está abierto|La cola está abierta|En pausa|Agotado|Nadie tiene que esperar|Esta cola ha terminado|{n} persona espera|{n} personas esperan|Nadie espera|Si se une ahora: menos de un minuto|Si se une ahora: unos {b} min|Si se une ahora: de {a} a {b} min|Unirse a la cola|Entrar|Pedir una entrada devuelta|¿Ya está en la cola? Su puesto|Sigue {t}|Sorteo: {t}',
pt: 'Ainda não abriu|Abre {t}|O sorteio está aberto|A fila está aberta|Em pausa|Esgotado|Ninguém precisa esperar|Esta fila terminou|{n} pessoa espera|{n} pessoas esperam|Ninguém espera|Entrando agora: menos de um minuto|Entrando agora: cerca de {b} min|Entrando agora: {a} a {b} min|Entrar na fila|Entrar|Pedir um ingresso devolvido|Já está na fila? Seu lugar|Continua {t}|Sorteio: {t}',
ja: 'まだ開いていません|{t} に開始|抽選の受付中|受付中|一時停止中|完売|待ち時間はありません|終了しました|{n} 人が待っています|{n} 人が待っています|待っている人はいません|今並ぶと 1 分未満|今並ぶと約 {b} 分|今並ぶと {a}～{b} 分|列に並ぶ|入場する|戻ったチケットを希望する|すでに並んでいますか？ あなたの順番|{t} に再開|{t} に抽選',
};
const FORMS = ['soon', 'opens', 'lobby', 'open', 'paused', 'soldOut', 'free', 'closed', 'one', 'other', 'none', 'short', 'about', 'range', 'join', 'enter', 'waitlist', 'mine', 'again', 'drawn'];

const STYLE = `:host{display:block;box-sizing:border-box;max-width:28rem;padding:1.25rem;border:1px solid var(--usher-line,#dedcd4);border-radius:var(--usher-radius,.75rem);background:var(--usher-ground,#fff);color:var(--usher-ink,#1d2330);font:var(--usher-font,inherit);overflow-wrap:anywhere}
:host([hidden]){display:none}
p{margin:0 0 .5rem}
.state{font-weight:700;font-size:1.125em}
.soft{color:var(--usher-soft,#5b6372)}
a{color:var(--usher-link,var(--usher-accent,#2b4bc4));display:inline-block;padding:.25rem 0}
div>:last-child{margin:0}
.go{margin:.5rem 0;padding:.625rem 1.25rem;border-radius:var(--usher-radius,.75rem);background:var(--usher-accent,#2b4bc4);color:var(--usher-on,#fff);font-weight:600;text-decoration:none}
a:focus-visible{outline:.1875rem solid currentColor;outline-offset:.125rem}
.go:focus-visible{outline-color:var(--usher-ink,#1d2330)}
@media (prefers-color-scheme:dark){:host(:not([scheme=light])){border-color:var(--usher-line,#323949);background:var(--usher-ground,#1b202a);color:var(--usher-ink,#eceef3)}:host(:not([scheme=light])) .soft{color:var(--usher-soft,#a3abba)}:host(:not([scheme=light])) a{color:var(--usher-link,var(--usher-accent,#9db2ff))}:host(:not([scheme=light])) .go{background:var(--usher-accent,#9db2ff);color:var(--usher-on,#10142a)}:host(:not([scheme=light])) .go:focus-visible{outline-color:var(--usher-ink,#eceef3)}}`;

customElements.get('usher-queue') || customElements.define('usher-queue', class extends HTMLElement {
  static observedAttributes = ['room', 'lang', 'back', 'gate'];

  connectedCallback() {
    if (!this.shadowRoot) {
      this.attachShadow({ mode: 'open' }).append(document.createElement('slot'));
      // A sheet that is made so is no inline style: the strictest policy lets it be.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      this.shadowRoot.adoptedStyleSheets = [sheet];
    }
    this.seen = () => (document.hidden ? clearTimeout(this.timer) : this.look());
    document.addEventListener('visibilitychange', this.seen);
    this.misses = 0;
    this.seen();
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this.seen);
    clearTimeout(this.timer);
  }

  attributeChangedCallback(name) {
    if (!this.seen) return;
    if (this.told && name !== 'room' && name !== 'gate') this.show(this.told);
    else this.seen();
  }

  async look() {
    clearTimeout(this.timer);
    const turn = (this.turn = (this.turn ?? 0) + 1);
    let wait;
    try {
      const answer = await fetch(new URL(`/room/${this.getAttribute('room')}/public`, this.getAttribute('gate') || base), {
        credentials: 'omit', referrerPolicy: 'no-referrer', signal: AbortSignal.timeout(10000),
      });
      wait = +answer.headers.get('retry-after');
      const told = answer.ok && (await answer.json());
      if (turn !== this.turn || !this.isConnected) return;
      if (told.v !== 1) throw told;
      this.misses = 0;
      this.told = told;
      this.show(told);
      wait = Math.max(5, told.again);
    } catch {
      if (turn !== this.turn || !this.isConnected) return;
      this.misses += 1;
      wait = Math.max(wait || 0, Math.min(300, 5 * 2 ** this.misses));
      // What was told once is old by now.
      if (this.misses > 3) this.told = this.plain();
    }
    // Nobody asks at the same moment as all the others.
    if (!document.hidden) this.timer = setTimeout(this.seen, wait * 1000 * (0.8 + 0.4 * Math.random()));
  }

  plain() {
    this.shadowRoot.replaceChildren(document.createElement('slot'));
  }

  show({ state, waiting, wait, opensAt, why, waitlist, queue }) {
    const wanted = [this.closest('[lang]')?.lang, ...navigator.languages, 'en'].filter(Boolean);
    const lang = wanted.map((one) => one.slice(0, 2).toLowerCase()).find((one) => WORDS[one]);
    // Days and hours as they are written where the reader is.
    const tag = navigator.languages.find((one) => one.startsWith(lang)) ?? lang;
    const words = Object.fromEntries(WORDS[lang].split('|').map((text, at) => [FORMS[at], text]));
    const say = (key, fills) => words[key].replace(/{(\w)}/g, (_, name) => fills[name]);
    const lines = [];
    const line = (kind, text, href) => {
      const node = document.createElement(href ? 'a' : 'p');
      node.textContent = text;
      node.className = node.part = kind;
      if (href) {
        const to = new URL(href, base);
        if (!/^https?:$/.test(to.protocol)) return;
        if (this.getAttribute('back') && href === queue) to.searchParams.set('back', this.getAttribute('back'));
        node.href = to;
      }
      lines.push(href ? Object.assign(document.createElement('p'), { lang }) : node);
      if (href) lines.at(-1).append(node);
    };
    const t = opensAt && new Date(opensAt).toLocaleString(tag, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
    line('state', state === 'scheduled' ? say(t ? 'opens' : 'soon', { t }) : say(state));
    if (t && state !== 'scheduled') line('soft', say(state === 'lobby' ? 'drawn' : 'again', { t }));
    if (why) line('why', why);
    if (waiting >= 0) {
      const n = waiting.toLocaleString(tag);
      line('soft', say(!waiting ? 'none' : new Intl.PluralRules(lang).select(waiting) === 'one' ? 'one' : 'other', { n }));
    }
    if (wait) {
      const [a, b] = [Math.max(1, Math.floor(wait.from / 60)), Math.ceil(wait.to / 60)];
      line('soft', say(wait.to < 60 ? 'short' : a === b ? 'about' : 'range', { a, b }));
    }
    if (waitlist) line('go', words.waitlist, waitlist);
    if (!['soldOut', 'closed'].includes(state)) line('go', words[state === 'free' ? 'enter' : 'join'], queue);
    if (!['free', 'closed'].includes(state)) line('mine', words.mine, queue);
    this.put(lines, lang);
  }

  /** Puts the lines there; what is as before stays, so that a link keeps its focus, and only the state is said aloud. */
  put(lines, lang) {
    const old = this.shadowRoot.querySelector('div');
    const box = old ?? Object.assign(document.createElement('div'), { lang });
    box.lang = lang;
    lines[0].setAttribute('role', 'status');
    lines.forEach((node, at) => {
      const there = box.children[at];
      if (!there) box.append(node);
      else if (at === 0 && there.className === node.className) { if (there.textContent !== node.textContent) there.textContent = node.textContent; }
      else if (!there.isEqualNode(node)) there.replaceWith(node);
    });
    while (box.children.length > lines.length) box.lastChild.remove();
    if (!old) this.shadowRoot.replaceChildren(box);
  }
});
})();
