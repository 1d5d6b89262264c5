// An event as it is said anew: what PUT takes, out of what GET tells.
import type { Event } from "./types";

export interface Facts {
  externalId?: string;
  venueId: string;
  performerIds: string[];
  title: string;
  description: string;
  category: string;
  startsAt: string;
  salesStart: string;
  salesEnd: string;
  currency: string;
  ticketLimit: number;
  image?: { url: string; alt: string };
  state?: "draft" | "published" | "postponed" | "cancelled";
}

export function facts(event: Event): Facts {
  const { externalId, title, description, category, startsAt, salesStart, salesEnd, currency, ticketLimit, image } = event;
  return {
    ...(externalId !== undefined && { externalId }), ...(image && { image }),
    venueId: event.venue.venueId, performerIds: event.performers.map((one) => one.performerId),
    title, description, category, startsAt, salesStart, salesEnd, currency, ticketLimit,
  };
}
