/** What a schedule is held against: the optimum that knows the distribution, and the best of the simple ones in hindsight. */
export interface Cost {
  readonly calls: number;
  readonly delay: number;
}

/** Exact, for settle times that are equally likely: `next` gives the age of the look after one at `age`. */
export function judge(times: Float64Array, next: (age: number) => number): Cost {
  let [age, calls, delay, done] = [0, 0, 0, 0];
  const count = times.length;
  const last = times[count - 1] ?? 0;
  while (done < count) {
    calls += count - done;
    age = next(age);
    if (!(calls < 1e9)) break;
    if (age >= last) {
      for (; done < count; done += 1) delay += age - (times[done] ?? 0);
    } else for (; done < count && (times[done] ?? 0) <= age; done += 1) delay += age - (times[done] ?? 0);
  }
  return { calls: calls / count, delay: delay / count };
}

export function mean(times: Float64Array): number {
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

interface Known {
  readonly ages: Float64Array;
  readonly settled: Float64Array;
  readonly moment: Float64Array;
}

/** The distribution itself, at ages as close together as its times are, and in the gaps between them. */
function known(times: Float64Array): Known {
  const count = times.length;
  const chosen = new Set<number>();
  for (let i = 0; i < 2_000; i += 1) chosen.add(times[Math.floor((i / 2_000) * count)] ?? 0);
  // The longest few carry much of a heavy tail's delay.
  for (let i = Math.max(0, count - 200); i < count; i += 1) chosen.add(times[i] ?? 0);
  const last = times[count - 1] ?? 0;
  const first = Math.max(times[0] ?? 0, last / 1e5);
  for (let i = 0; i <= 600; i += 1) chosen.add(first * (last / first) ** (i / 600));
  for (let i = 0; i <= 600; i += 1) chosen.add(first + ((last - first) * i) / 600);
  const ages = Float64Array.from([0, last * 1.000_001, ...[...chosen].filter((age) => age > 0)]).sort();
  const settled = new Float64Array(ages.length);
  const moment = new Float64Array(ages.length);
  let [done, sum] = [0, 0];
  ages.forEach((age, i) => {
    for (; done < count && (times[done] ?? 0) <= age; done += 1) sum += times[done] ?? 0;
    settled[i] = done / count;
    moment[i] = sum / count;
  });
  return { ages, settled, moment };
}

/** Every look of the schedule that costs the least at this price, by dynamic programming over all those ages. */
function bestLooks({ ages, settled, moment }: Known, price: number): number[] {
  const last = ages.length - 1;
  const cost = new Float64Array(last + 1);
  const choice = new Int32Array(last + 1).fill(last);
  for (let from = last - 1; from >= 0; from -= 1) {
    let least = Number.POSITIVE_INFINITY;
    let best = last;
    const [settledBefore, momentBefore] = [settled[from] ?? 0, moment[from] ?? 0];
    for (let to = from + 1; to <= (choice[from + 1] ?? last); to += 1) {
      const delay = (ages[to] ?? 0) * ((settled[to] ?? 0) - settledBefore) - ((moment[to] ?? 0) - momentBefore);
      const whole = delay + (cost[to] ?? 0);
      if (whole < least) [least, best] = [whole, to];
    }
    cost[from] = least + price * (1 - settledBefore);
    choice[from] = best;
  }
  const looks: number[] = [];
  for (let at = choice[0] ?? last; ; at = choice[at] ?? last) {
    looks.push(ages[at] ?? 0);
    if (at >= last) return looks;
  }
}

/** What the schedule that knows the distribution costs, by the price of a call. */
export function optimumAt(times: Float64Array): (price: number) => Cost {
  const law = known(times);
  return (price) => {
    let number = 0;
    const looks = bestLooks(law, price);
    return judge(times, (age) => looks[number++] ?? age * 2);
  };
}

/** Its calls at this mean delay. */
export function optimum(times: Float64Array, delay: number): number {
  return callsAt(delay, optimumAt(times), delay);
}

/** Calls at exactly this mean delay, by the price; between two prices, in proportion. */
export function callsAt(delay: number, costAt: (price: number) => Cost, guess: number): number {
  let [low, high] = [guess / 1e3, guess * 1e3];
  let [cheap, dear] = [costAt(low), costAt(high)];
  for (let step = 0; step < 16; step += 1) {
    const middle = Math.sqrt(low * high);
    const cost = costAt(middle);
    if (cost.delay > delay) [high, dear] = [middle, cost];
    else [low, cheap] = [middle, cost];
  }
  const part = dear.delay > cheap.delay ? (delay - cheap.delay) / (dear.delay - cheap.delay) : 0;
  return cheap.calls + Math.max(0, Math.min(1, part)) * (dear.calls - cheap.calls);
}

/** The fewest calls of any interval whose mean delay is no more. */
export function bestFixed(times: Float64Array, delay: number): number {
  let fewest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 300; i += 1) {
    const every = delay * 0.5 * 40 ** (i / 299);
    const cost = judge(times, (age) => age + every);
    if (cost.delay <= delay) fewest = Math.min(fewest, cost.calls);
  }
  // The mean delay of an interval is about half of it: as near to the delay as it gets.
  let [low, high] = [delay * 0.5, delay * 4];
  for (let step = 0; step < 30; step += 1) {
    const middle = (low + high) / 2;
    if (judge(times, (age) => age + middle).delay > delay) high = middle;
    else low = middle;
  }
  return Math.min(fewest, judge(times, (age) => age + low).calls);
}

/** First wait, factor and longest wait, each as is best. */
export function bestBackOff(times: Float64Array, delay: number): number {
  let fewest = Number.POSITIVE_INFINITY;
  const average = mean(times);
  const cost = (first: number, factor: number, cap: number): Cost => {
    // Looks are the same for all, so the wait goes by their number.
    let wait = first / factor;
    return judge(times, (age) => {
      wait = Math.min(cap, wait * factor);
      return age + wait;
    });
  };
  for (let i = 0; i < 28; i += 1) {
    const first = average * 0.01 * 200 ** (i / 27);
    for (const factor of [1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 1.7, 2, 2.5, 3, 4]) {
      const free = cost(first, factor, Number.POSITIVE_INFINITY);
      if (free.delay <= delay) {
        fewest = Math.min(fewest, free.calls);
        continue;
      }
      let [low, high] = [first, average * 1e3];
      if (cost(first, factor, low).delay > delay) continue;
      for (let step = 0; step < 18; step += 1) {
        const middle = Math.sqrt(low * high);
        const capped = cost(first, factor, middle);
        if (capped.delay > delay) high = middle;
        else {
          low = middle;
          fewest = Math.min(fewest, capped.calls);
        }
      }
    }
  }
  return fewest;
}
