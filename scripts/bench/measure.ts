/** The measurements themselves. Product and floor take turns, so that noise of the machine hits both alike. */
import { type SignedEvent, signedEvents } from './events.ts';
import { drive } from './load.ts';
import type { Product } from './product.ts';
import { type Figures, figuresOf, percentile, type Sample } from './statistics.ts';
import type { AckTarget, TripTarget } from './targets.ts';

export interface Plan {
  rounds: number;
  /** How many events or round trips each round has, by how many are under way at once. */
  ignored: Load[];
  starting: Load[];
  trips: Load[];
  warm_up: { events: number; trips: number };
  idle_ms: number;
  second_start: boolean;
}

export interface Load {
  at_once: number;
  count: number;
}

export const full_plan: Plan = {
  rounds: 3,
  ignored: [
    { at_once: 1, count: 1_000 },
    { at_once: 16, count: 2_000 },
    { at_once: 64, count: 3_000 },
  ],
  starting: [
    { at_once: 1, count: 60 },
    { at_once: 16, count: 200 },
    { at_once: 64, count: 600 },
  ],
  trips: [
    { at_once: 1, count: 60 },
    { at_once: 16, count: 240 },
  ],
  warm_up: { events: 1_000, trips: 64 },
  idle_ms: 5_000,
  second_start: true,
};

export const quick_plan: Plan = {
  rounds: 1,
  ignored: [
    { at_once: 1, count: 200 },
    { at_once: 16, count: 500 },
    { at_once: 64, count: 800 },
  ],
  starting: [
    { at_once: 1, count: 10 },
    { at_once: 16, count: 40 },
    { at_once: 64, count: 100 },
  ],
  trips: [
    { at_once: 1, count: 15 },
    { at_once: 16, count: 64 },
  ],
  warm_up: { events: 200, trips: 16 },
  idle_ms: 1_000,
  second_start: false,
};

export interface Row {
  group: string;
  name: string;
  product: Figures;
  floor: Figures;
  /** The p50 of each round: far apart, they say that something else was running. */
  rounds_p50_ms: { product: number[]; floor: number[] };
}

const atOnce = (count: number) => (count === 1 ? 'one at a time' : `${count} at once`);

const groups = {
  ignored: 'Webhook acknowledgement, an event that is only stored',
  starting: 'Webhook acknowledgement, an event that starts a workflow',
  trips: (at_once: number) => `From the event to the effect, ${atOnce(at_once)}`,
} as const;

export type Floor = AckTarget & TripTarget;

export async function warmUp(plan: Plan, product: Product, floor: Floor, secret: string): Promise<void> {
  for (const target of [product, floor]) {
    await acknowledge(target, signedEvents('ignored', plan.warm_up.events, secret), 16);
    await makeTrips(target, { at_once: 8, count: plan.warm_up.trips });
  }
}

export interface Measured {
  rows: Row[];
  /** How fast the events of the largest burst became cards. */
  cards_per_second: number;
  /** Processor time for one round trip with the most under way, by process: it tells the work apart from the waiting, and from others' noise. */
  cpu_ms_per_trip: { product: CpuMs; floor: CpuMs };
}

export interface Observer {
  /** Processor time that the processes of each have used so far. */
  cpuMs: { [of in Target]: () => CpuMs };
  /** Called after a load, with nothing being timed. */
  loaded(): void;
}

export type CpuMs = { [process: string]: number };

export async function measureAll(
  plan: Plan,
  product: Product,
  floor: Floor,
  secret: string,
  observer: Observer,
  say: (line: string) => void,
): Promise<Measured> {
  const samples = createSamples();
  const burst = Math.max(...plan.starting.map(({ at_once }) => at_once));
  const most_trips = Math.max(...plan.trips.map(({ at_once }) => at_once));
  let cards = 0;
  let cards_ms = 0;
  let cpu_trips = 0;
  const cpu: { [of in Target]: CpuMs } = { product: {}, floor: {} };
  for (let round = 0; round < plan.rounds; round += 1) {
    const turns: [Target, AckTarget & TripTarget][] = [
      ['product', product],
      ['floor', floor],
    ];
    if (round % 2 === 1) turns.reverse();

    say(`Round ${round + 1} of ${plan.rounds}: webhooks`);
    for (const { at_once, count } of plan.ignored) {
      for (const [of, target] of turns) {
        const sample = await acknowledge(target, signedEvents('ignored', count, secret), at_once);
        samples.keep(groups.ignored, atOnce(at_once), of, sample);
        if (of === 'floor') samples.keep(groups.starting, atOnce(at_once), of, sample);
      }
    }
    for (const { at_once, count } of plan.starting) {
      const events = signedEvents('failed_payment', count, secret);
      await product.knowCustomers(events);
      const began = performance.now();
      samples.keep(groups.starting, atOnce(at_once), 'product', await acknowledge(product, events, at_once));
      observer.loaded();
      await product.drained();
      if (at_once !== burst) continue;
      cards += count;
      cards_ms += performance.now() - began;
    }

    say(`Round ${round + 1} of ${plan.rounds}: round trips`);
    for (const load of plan.trips) {
      for (const [of, target] of turns) {
        const before = observer.cpuMs[of]();
        for (const [name, sample] of Object.entries(await makeTrips(target, load)))
          samples.keep(groups.trips(load.at_once), name, of, sample);
        if (load.at_once === most_trips) addDifference(cpu[of], before, observer.cpuMs[of]());
      }
      observer.loaded();
      if (load.at_once === most_trips) cpu_trips += load.count;
    }
  }
  const perTrip = (total: CpuMs) => Object.fromEntries(Object.entries(total).map(([name, ms]) => [name, ms / cpu_trips]));
  return {
    rows: samples.rows(),
    cards_per_second: (cards / cards_ms) * 1_000,
    cpu_ms_per_trip: { product: perTrip(cpu.product), floor: perTrip(cpu.floor) },
  };
}

function addDifference(total: CpuMs, before: CpuMs, after: CpuMs): void {
  for (const [name, ms] of Object.entries(after)) total[name] = (total[name] ?? 0) + ms - (before[name] ?? 0);
}

type Target = 'product' | 'floor';

function createSamples() {
  const kept = new Map<string, { group: string; name: string; product: Sample[]; floor: Sample[] }>();
  return {
    keep(group: string, name: string, of: Target, sample: Sample): void {
      const row = kept.get(`${group} ${name}`) ?? { group, name, product: [], floor: [] };
      row[of].push(sample);
      kept.set(`${group} ${name}`, row);
    },
    rows: (): Row[] =>
      [...kept.values()].map(({ product, floor, ...row }) => ({
        ...row,
        product: figuresOf(product),
        floor: figuresOf(floor),
        rounds_p50_ms: { product: product.map(p50), floor: floor.map(p50) },
      })),
  };
}

const p50 = ({ took_ms }: Sample) => percentile(took_ms, 0.5);

async function acknowledge(target: AckTarget, events: SignedEvent[], at_once: number): Promise<Sample> {
  const requests = events.map((event) => target.ackRequest(event));
  return drive(requests, at_once, async (request) => {
    const began = performance.now();
    const { status, body } = await target.send(request);
    if (status !== 202) throw new Error(`a webhook was answered ${status}: ${body}`);
    return performance.now() - began;
  });
}

async function makeTrips(target: TripTarget, { at_once, count }: Load): Promise<{ [name: string]: Sample }> {
  const trips = await target.prepareTrips(count);
  const to_pending: number[] = [];
  const to_executed: number[] = [];
  const whole = await drive(trips, at_once, async (trip) => {
    const { to_pending_ms, to_executed_ms, whole_ms } = await trip();
    to_pending.push(to_pending_ms);
    to_executed.push(to_executed_ms);
    return whole_ms;
  });
  return {
    'event → card': { took_ms: to_pending, elapsed_ms: null },
    'approve → executed': { took_ms: to_executed, elapsed_ms: null },
    'whole round trip': whole,
  };
}
