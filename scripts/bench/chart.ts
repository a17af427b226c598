/** The table as a drawing: one pair of bars for each figure, ExecOps above its floor. Follows the reader's light or dark mode. */
import { type Part, parts } from './instance.ts';
import { machineLine } from './machine.ts';
import type { Row } from './measure.ts';
import { burstText, rateText, ratios, type Report, startText, timeText } from './report.ts';
import type { Figures } from './statistics.ts';

const width = 940;
const name_width = 240;
const value_width = 210;
const bar_left = name_width + 16;
const bar_width_max = width - bar_left - value_width - 16;
const bar_height = 11;
const pair_height = 36;
const title_height = 44;
const head_height = 84;

interface Bar {
  value: number;
  /** The end of a thin line beyond the bar, for the slowest percent. */
  tail?: number;
  text: string;
  kind: 'product' | 'floor';
}

interface Panel {
  title: string;
  pairs: { name: string; note: string; bars: Bar[] }[];
}

export function chartOf(report: Report): string {
  let y = head_height;
  const drawn = panelsOf(report).map((panel) => {
    const body = draw(panel, y);
    y += title_height + panel.pairs.length * pair_height;
    return body;
  });
  const height = y + 56;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t d">
<title id="t">ExecOps beside its floors</title>
<desc id="d">${escaped(
    panelsOf(report)
      .flatMap(({ title, pairs }) => pairs.map(({ name, bars }) => `${title}, ${name}: ${bars.map(({ text }) => text).join(', ')}.`))
      .join(' '),
  )}</desc>
<style>${style}</style>
<rect class="ground" width="${width}" height="${height}" rx="8"/>
<text class="head" x="24" y="36">ExecOps beside its floors</text>
<rect class="product" x="24" y="52" width="11" height="11" rx="2"/><text x="41" y="62">ExecOps</text>
<rect class="floor" x="112" y="52" width="11" height="11" rx="2"/><text x="129" y="62">the least that any such system must do, on the same Postgres and Temporal server, in the same run</text>
${drawn.join('\n')}
<text class="small" x="24" y="${height - 34}">${escaped(burstText(report.cards_per_second))} ${escaped(startText(report.start))}</text>
<text class="small" x="24" y="${height - 16}">${escaped(machineLine(report.machine))}</text>
</svg>
`;
}

const style = `
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2937}
.ground{fill:#fff}.head{font-size:20px;font-weight:600}.title{font-weight:600}.small,.value{font-size:11.5px;fill:#4b5563}
.product{fill:#4f46e5}.floor{fill:#9ca3af}.tail{stroke:#6b7280;stroke-width:1}.rule{stroke:#e5e7eb}
@media (prefers-color-scheme:dark){text{fill:#e5e7eb}.ground{fill:#111827}.small,.value{fill:#9ca3af}.product{fill:#818cf8}.floor{fill:#6b7280}.tail{stroke:#9ca3af}.rule{stroke:#374151}}`;

function panelsOf({ rows, memory }: Report): Panel[] {
  const groups = [...new Set(rows.map((row) => row.group))];
  const timesOf = (group: string): Panel => ({
    title: `${group}: time (p50, with a line to the p99)`,
    pairs: rows
      .filter((row) => row.group === group)
      .map((row) => ({
        name: row.name,
        note: timesFloor(ratios(row).p50),
        bars: barsOf(row, ({ p50_ms, p99_ms }) => ({ value: p50_ms, tail: p99_ms, text: `${timeText(p50_ms)} (p99 ${timeText(p99_ms)})` })),
      })),
  });
  const ratesOf = (group: string): Panel => ({
    title: `${group}: rate`,
    pairs: rows
      .filter((row) => row.group === group && row.product.per_second !== null)
      .map((row) => ({
        name: row.name,
        note: timesFloor(ratios(row).rate),
        bars: barsOf(row, ({ per_second }) => ({ value: per_second ?? 0, text: rateText(per_second ?? 0) })),
      })),
  });
  const memoryOf = (part: Part) => {
    const [idle, load] = [memory.idle_mb[part], memory.load_mb[part]];
    return {
      name: part,
      note: '',
      bars: [{ value: idle, tail: load, text: `${idle.toFixed(0)} MB idle, ${load.toFixed(0)} MB under load`, kind: 'product' as const }],
    };
  };
  return [
    ...groups.map(timesOf),
    ...groups.map(ratesOf),
    { title: 'Resident memory: idle, with a line to the most under load', pairs: parts.map(memoryOf) },
  ];
}

function barsOf({ product, floor }: Row, measure: (figures: Figures) => Omit<Bar, 'kind'>): Bar[] {
  return [
    { ...measure(product), kind: 'product' },
    { ...measure(floor), kind: 'floor' },
  ];
}

function draw({ title, pairs }: Panel, top: number): string {
  const most = Math.max(
    ...pairs.flatMap(({ bars }) => bars.map(({ value, tail }) => Math.max(value, Math.min(tail ?? 0, value * tail_times_max)))),
  );
  const lengthOf = (value: number) => Math.min(bar_width_max, (value / most) * bar_width_max);
  const lines = [
    `<line class="rule" x1="24" x2="${width - 24}" y1="${top + 8}" y2="${top + 8}"/>`,
    `<text class="title" x="24" y="${top + 30}">${escaped(title)}</text>`,
  ];
  pairs.forEach(({ name, note, bars }, index) => {
    const y = top + title_height + index * pair_height;
    lines.push(
      `<text x="24" y="${y + 16}">${escaped(name)}</text>`,
      `<text class="small" x="${name_width}" y="${y + 16}" text-anchor="end">${escaped(note)}</text>`,
    );
    bars.forEach(({ value, tail, text, kind }, place) => {
      const bar_y = y + place * (bar_height + 2);
      const end = bar_left + Math.max(1, lengthOf(value));
      const tail_end = bar_left + lengthOf(tail ?? 0);
      lines.push(
        `<rect class="${kind}" x="${bar_left}" y="${bar_y}" width="${(end - bar_left).toFixed(1)}" height="${bar_height}" rx="2"/>`,
      );
      if (tail_end > end)
        lines.push(`<line class="tail" x1="${end.toFixed(1)}" x2="${tail_end.toFixed(1)}" y1="${bar_y + 5.5}" y2="${bar_y + 5.5}"/>`);
      lines.push(`<text class="value" x="${(Math.max(end, tail_end) + 6).toFixed(1)}" y="${bar_y + 10}">${escaped(text)}</text>`);
    });
  });
  return lines.join('\n');
}

/** A single outlier must not shrink every bar to nothing; its line then ends at the edge and its number is beside it. */
const tail_times_max = 3;

const timesFloor = (ratio: number | null) => (ratio === null ? '' : `${ratio.toFixed(2)} ×`);
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
