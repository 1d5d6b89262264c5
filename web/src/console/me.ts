// Who is signed in, and for which organizer they work.
import { Refused } from "../shared/api";
import { get, workFor } from "./ask";
import { t } from "./t";
import type { Account, Brand, Teams } from "./types";

export type Permission = "look" | "figures" | "buyers" | "catalog" | "sell" | "money" | "codes" | "room" | "door" | "audit" | "team";

/** An organizer for whom somebody works. */
export interface Choice {
  organizerId: string;
  role: string;
  /** What one may do; everything where absent. */
  permissions?: readonly string[];
  /** Of which events; of all where absent. */
  eventIds?: readonly string[];
  name?: string;
}

export interface Me {
  account: Account;
  choices: Choice[];
  chosen: Choice | undefined;
}

export const may = (me: Me, permission: Permission): boolean =>
  me.chosen !== undefined && (me.chosen.permissions === undefined || me.chosen.permissions.includes(permission));

/** Whether one may do it to everything of the organizer's, not only to named events. */
export const mayAll = (me: Me, permission: Permission): boolean => may(me, permission) && me.chosen?.eventIds === undefined;

const KEPT = "usher-organizer";

/** This window's choice, or the last that was made in any: two windows may show two organizers. */
function remembered(): string | null {
  return sessionStorage.getItem(KEPT) ?? localStorage.getItem(KEPT);
}

export function choices(account: Account, { teams }: Teams): Choice[] {
  const own: Choice[] = account.role === "organizer" ? [{ organizerId: account.accountId, role: "organizer" }] : [];
  const others = teams.filter((team) => team.organizerId !== account.accountId).map((team) => ({
    organizerId: team.organizerId, role: team.role, permissions: team.permissions, ...(team.eventIds && { eventIds: team.eventIds }),
  }));
  return [...own, ...others];
}

/** Nobody where no one is signed in. */
export async function find(): Promise<Me | undefined> {
  workFor(undefined);
  try {
    const [account, teams] = await Promise.all([get<Account>("/account"), get<Teams>("/account/team")]);
    const all = choices(account, teams);
    const last = remembered();
    const chosen = all.length === 1 ? all[0] : all.find((one) => one.organizerId === last);
    const me = { account, choices: all, chosen };
    workFor(chosen?.organizerId);
    return me;
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return undefined;
    throw error;
  }
}

export function choose(me: Me, choice: Choice): Me {
  sessionStorage.setItem(KEPT, choice.organizerId);
  localStorage.setItem(KEPT, choice.organizerId);
  workFor(choice.organizerId);
  return { ...me, chosen: choice };
}

/** What organizers call themselves in their mails, where one may know it. */
export async function named(me: Me): Promise<Choice[]> {
  const asked = me.choices.map((choice) => {
    workFor(choice.organizerId);
    return get<Brand>("/brand").then(({ name }) => (name ? { ...choice, name } : choice), () => choice);
  });
  // Each call has said already for whom it is.
  workFor(me.chosen?.organizerId);
  return Promise.all(asked);
}

export const nameOf = (choice: Choice): string => choice.name ?? t("Organizer {id}", { id: choice.organizerId.slice(-8) });
