// Access codes: given out, used, taken back.
import { useEffect, useState } from "preact/hooks";
import { download, get, send, sendTable, wrong } from "../ask";
import { t } from "../t";
import type { AccessCodes } from "../types";
import { Card, Field, Form, Problem, Table } from "../ui";
import { count, moment } from "../words";
import type { RoomStore } from "../room/store";

interface Imported {
  imported: number;
  unchanged: number;
  refused: number;
  rows: { row: number; outcome: string; why?: string }[];
}

export function Codes({ store }: { store: RoomStore }) {
  const [told, put] = useState<AccessCodes>();
  const [problem, tell] = useState<string>();
  const path = `${store.base}/code`;
  const look = (): void => void get<AccessCodes>(path).then(put, (error: unknown) => tell(wrong(error)));
  useEffect(look, []);
  const more = async (): Promise<void> => {
    const next = await get<AccessCodes>(told!.next!);
    put({ ...next, codes: [...told!.codes, ...next.codes] });
  };
  const attempt = (work: Promise<unknown>): void => void work.then(() => tell(undefined), (error: unknown) => tell(wrong(error)));
  return (
    <Card title={t("Access codes")} test="codes" side={<button type="button" class="link" onClick={() => attempt(download(path, `codes-${store.id}.csv`))}>{t("As a table (CSV)")}</button>}>
      <Form test="codes-form" send={async ({ codes }, form) => {
        const table = /^\s*code\b/i.test(codes) ? codes : `code\n${codes}`;
        const done = await sendTable<Imported>(path, table);
        form.reset();
        look();
        const why = done.rows.find((row) => row.outcome === "refused")?.why;
        const numbers = { new: done.imported, known: done.unchanged, refused: done.refused };
        return why ? t("{new} new, {known} known, {refused} refused: {why}", { ...numbers, why }) : t("{new} new, {known} known, {refused} refused.", numbers);
      }}>
        <Field label={t("New codes, one a line")} hint={t("Or a table with the columns code, lane, uses and label. At most 10,000 at once.")}>
          <textarea name="codes" rows={4} required spellcheck={false} data-test="new-codes" />
        </Field>
        <button class="button primary" data-test="codes-import">{t("Give out")}</button>
      </Form>
      <Problem text={problem} />
      <Table label={t("Access codes")} tall heads={[t("Ends with"), t("Lane"), t("Label"), `#${t("Used")}`, t("Since"), `-${t("Revoke")}`]} rows={(told?.codes ?? []).map((code) => ({
        key: code.codeId, test: "code",
        cells: [
          <code>…{code.hint}</code>, code.lane, code.label, <>{count(code.uses)}<span class="of"> / {code.usesMax === null ? t("many") : count(code.usesMax)}</span></>,
          <time dateTime={code.createdAt}>{moment(code.createdAt)}</time>,
          code.revokedAt ? <span class="quiet">{t("revoked")}</span> : <button type="button" class="link" onClick={() => attempt(send("DELETE", `${path}/${code.codeId}`).then(look))}>{t("Revoke")}</button>,
        ],
      }))} />
      {told?.codes.length === 0 && <p class="quiet">{t("No code was given out.")}</p>}
      {told?.next && <button type="button" class="button" onClick={() => attempt(more())}>{t("Show more")}</button>}
    </Card>
  );
}
