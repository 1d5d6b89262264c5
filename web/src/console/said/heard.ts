// The sentences that the gate says in English, and how we say them.
import { key, t } from "../t";
import { seconds, span } from "../words";

/** As the gate writes them, with what is different open: what a change does to whom, why a rate is advised, what a draw lacks. */
const SAID = [
  key("Those who wait"), key("{n} who wait"),
  key("{who} are called again, {n} a minute."), key("{who} keep their places; nobody is called yet."),
  key("{who} keep their places and read the reason; nobody is called."), key("{who} read that everything is sold; nobody is called, places are kept."),
  key("{who} lose their places for good; the event is guarded no longer."), key("{who} may go in at once, and so may everybody else: order and caps do not hold."),
  key("{who} keep their places and read the reason; nobody may join."),
  key("{called} who are called and {n} who are inside are turned away until it ends."), key("{called} who are called may still go in; {n} who are inside stay."),
  key("Who was let through without a turn is out within 60 seconds."), key("{who} are called no longer: the rate is 0."),
  key("{who} are called no longer: nobody may be inside. {n} stay until they are done."),
  key("Nobody is called until {over} of {n} who are called or inside are done; nobody is expelled."),
  key("Who is called from now on has {span} to go in; {n} who are called keep the end that they were told."),
  key("Who enters from now on may shop for {span} from their last request; {n} who are inside stay at least to the end that they were told."),
  key("Who enters from now on may shop for {span}; {n} who are inside stay at least to the end that they were told."),
  key("{n} a minute leave; fewer are called, so that fewer are inside"), key("{n} a minute leave; as many are called, so that no more are inside"),
  key("the rate binds nobody"), key("more are called than leave; the rate waits for what they do to the origin"), key("the origin is at ease, and fans wait"),
  key("not below your limit of {n}"), key("not above your limit of {n}"), key("nine in ten answers took at most {n} ms, and {aim} ms is the aim"),
  key("{errors} of {n} answers were errors"), key("the origin has answered too little to say how it is"), key("{unpaid} orders are not paid, and {n} a minute are"),
  key("No public value of the future was named for this draw. The order follows from a seed that was committed to beforehand and from the closed list; but somebody who knew the seed could have planned their entries."),
];

const WORDS = new Set(["who", "span"]);
const PATTERNS = SAID.map((english): [string, RegExp] => {
  const open = english.split(/\{(\w+)\}/).map((part, index) => {
    if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return `(?<${part}>${WORDS.has(part) ? ".+?" : "\\d+"})`;
  });
  return [english, new RegExp(`^${open.join("")}$`)];
});

/** A sentence of the gate, translated where we know it. */
export function heard(words: string): string {
  for (const [english, pattern] of PATTERNS) {
    const found = pattern.exec(words);
    if (found) return t(english, Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, value]) => [name, filled(name, value)])));
  }
  return words;
}

function filled(name: string, value: string): string | number {
  if (name === "who") return heard(value);
  return name === "span" ? span(seconds(value)) : Number(value);
}
