// A plot that follows its numbers. What stands under the pointer is written above it.
import type uPlot from "uplot";
import { useEffect, useRef, useState } from "preact/hooks";
import { compact, count, day, second, short } from "./words";

export interface Line {
  name: string;
  /** The name of a colour of the page. */
  color: string;
  values: (number | null)[];
  format?: (value: number) => string;
  dashed?: boolean;
  filled?: boolean;
  bars?: boolean;
}

export interface Mark {
  at: number;
  name: string;
}

interface Props {
  title: string;
  /** Seconds since 1970. */
  at: number[];
  lines: Line[];
  marks?: Mark[];
  /** Plots of one group show the same moment. */
  group?: string;
  test?: string;
  when?: (at: number) => string;
  /** How values stand on the axis. */
  axis?: (value: number) => string;
}

const said = (line: Line, value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : line.format ? line.format(value) : count(value);

/** On paper lines are black, and lighter where there are two; a browser draws what is printed before its style holds. */
const INK: Record<string, string> = { line: "#cccccc", quiet: "#000000", mark: "#777777", c4: "#777777", c5: "#777777" };
let printing = false;

const shade = (name: string): string =>
  printing ? (INK[name] ?? "#000000") : getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** As wide as paper is, in the pixels of a page of A4 without its edges. */
const PAPER = 670;

const HALF_A_DAY = 43_200;

/** At least a minute; and nothing where there is nothing. */
const around = (from: number | null, to: number | null, more: number): [number | null, number | null] =>
  from === null || to === null ? [from, to] : [Math.min(from - more, to - 60), to + more];

/** Draws anew for paper, and for the screen again afterwards. */
function usePaper(plot: { current: uPlot | undefined }): void {
  useEffect(() => {
    const screen = { width: 0 };
    const turn = (to: boolean): void => {
      printing = to;
      if (!plot.current) return;
      if (to) screen.width = plot.current.width;
      plot.current.setSize({ width: to ? PAPER : screen.width, height: 136 });
      plot.current.redraw();
    };
    const [before, after] = [() => turn(true), () => turn(false)];
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => { removeEventListener("beforeprint", before); removeEventListener("afterprint", after); };
  }, []);
}

/** Turns when the colours of the page do. */
function useLook(): number {
  const [look, turn] = useState(0);
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const change = (): void => turn((n) => n + 1);
    dark.addEventListener("change", change);
    return () => dark.removeEventListener("change", change);
  }, []);
  return look;
}

function options(make: typeof uPlot, props: Props, width: number, look: (index: number | null) => void, marks: () => readonly Mark[]): uPlot.Options {
  const grid = { stroke: () => shade("line"), width: 1 };
  const axis = { stroke: () => shade("quiet"), font: "11px system-ui", grid, ticks: { ...grid, size: 4 } };
  return {
    width, height: 136, padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { points: { size: 7 }, drag: { x: false, y: false }, ...(props.group && { sync: { key: props.group } }) },
    // A bar stands on both sides of its moment.
    scales: { x: { range: (_, from, to) => around(from, to, props.lines.some((line) => line.bars) ? HALF_A_DAY : 0) }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.08)] } },
    axes: [
      { ...axis, size: 28, space: 64, values: (_, splits, _axis, _space, step) => splits.map((at) => written(at, step)) },
      { ...axis, size: 46, space: 36, values: (_, splits) => splits.map((value) => (props.axis ?? compact)(value)) },
    ],
    series: [
      {},
      ...props.lines.map((line): uPlot.Series => ({
        label: line.name, stroke: () => shade(line.color), width: 2, points: { show: false }, spanGaps: false,
        ...(line.dashed && { dash: [5, 4], width: 1.5 }),
        ...(line.filled && { fill: () => `${shade(line.color)}22` }),
        ...(line.bars && make.paths.bars && { paths: make.paths.bars({ size: [0.7, 60] }), fill: () => `${shade(line.color)}aa` }),
      })),
    ],
    hooks: {
      setCursor: [(plot) => look(plot.cursor.idx ?? null)],
      draw: [(plot) => drawMarks(plot, marks())],
    },
  };
}

function written(at: number, step: number): string {
  if (step >= 86_400) return day(at * 1000);
  return (step < 60 ? second : short)(at * 1000);
}

/** What somebody changed, as a line through the moment. */
function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = shade("mark");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { at } of marks) {
    const x = Math.round(plot.valToPos(at, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

export function Plot(props: Props) {
  const { title, at, lines, marks = [], test, when } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const now = useRef<readonly Mark[]>(marks);
  const [index, point] = useState<number | null>(null);
  const look = useLook();
  usePaper(plot);
  now.current = marks;
  const data = (): uPlot.AlignedData => [at, ...lines.map((line) => line.values)];
  useEffect(() => {
    let over = false;
    let watcher: ResizeObserver | undefined;
    void import("uplot").then(({ default: make }) => {
      if (over || !host.current) return;
      const made = new make(options(make, props, host.current.clientWidth, point, () => now.current), data(), host.current);
      plot.current = made;
      watcher = new ResizeObserver(([entry]) => made.setSize({ width: Math.floor(entry.contentRect.width), height: 136 }));
      watcher.observe(host.current);
    });
    return () => {
      over = true;
      watcher?.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [look, lines.map((line) => line.name).join()]);
  useEffect(() => { if (!document.hidden) plot.current?.setData(data()); }, [at]);
  const shown = index !== null && index < at.length ? index : at.length - 1;
  const words = lines.map((line) => `${line.name} ${said(line, line.values[shown])}`).join(", ");
  return (
    <figure class="plot" data-test={test}>
      <figcaption>
        <strong>{title}</strong>
        <span class="keys">
          {lines.map((line) => <span class={`key c-${line.color}`}>{line.name} <b>{said(line, line.values[shown])}</b></span>)}
          {index !== null && at[shown] !== undefined && <span class="quiet">{(when ?? atSecond)(at[shown])}</span>}
        </span>
      </figcaption>
      <div class="canvas" ref={host} role="img" aria-label={`${title}. ${words}`} />
    </figure>
  );
}

const atSecond = (at: number): string => second(at * 1000);
