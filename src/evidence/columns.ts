/**
 * Columns of a block. Each is written in the shortest of a few forms, because columns differ: date-times step evenly,
 * statements repeat, ratios are four decimals drawn from a range. What is read is what was written, bit for bit.
 */
import type { ByteReader, ByteWriter } from './bits.js';

/** Forms of whole numbers. */
const CONSTANT = 0;
const PACKED = 1;
const PACKED_STEPS = 2;
const RUNS = 3;
/** For a column with an outlier that would widen all. */
const STEPS = 4;
/** Added to the form: all are whole multiples of a thousand, as date-times in seconds are. */
const THOUSANDS = 8;

/** Forms of figures: decimals of so many places from 0 up, or one of these. */
const MOST_PLACES = 9;
const ALL_NULL = 30;
const DOUBLES = 31;
/** Added to the form: some are null. */
const WITH_NULLS = 32;

/** Whole numbers up to 2⁵² in size, negative ones too. */
export function writeIntegers(out: ByteWriter, values: readonly number[]): void {
  if (values.length === 0) return;
  const isThousands = areThousands(values);
  const numbers = isThousands ? values.map((value) => value / 1000) : values;
  const unit = isThousands ? THOUSANDS : 0;
  const [first = 0] = numbers;
  const look = lookAt(numbers);
  const width = widthOf(look.max - look.min);
  if (width === 0) {
    out.byte(unit + CONSTANT);
    writeSigned(out, first);
    return;
  }
  const stepWidth = widthOf(look.maxStep - look.minStep);
  const packedBytes = bytesOf(numbers.length * width) + signedBytes(look.min) + 1;
  const packedStepBytes =
    bytesOf((numbers.length - 1) * stepWidth) + signedBytes(look.minStep) + signedBytes(first) + 1;
  const least = Math.min(packedBytes, packedStepBytes, look.runBytes, look.stepBytes);
  if (least === packedBytes) {
    out.byte(unit + PACKED);
    writePacked(out, numbers, look.min, width);
  } else if (least === packedStepBytes) {
    out.byte(unit + PACKED_STEPS);
    writeSigned(out, first);
    writePacked(out, stepsOf(numbers), look.minStep, stepWidth);
  } else if (least === look.runBytes) {
    out.byte(unit + RUNS);
    writeRuns(out, numbers);
  } else {
    out.byte(unit + STEPS);
    writeSigned(out, first);
    for (const step of stepsOf(numbers)) writeSigned(out, step);
  }
}

function areThousands(values: readonly number[]): boolean {
  let isZero = true;
  for (const value of values) {
    if (value % 1000 !== 0) return false;
    isZero &&= value === 0;
  }
  return !isZero;
}

/** What decides on the form, seen in one pass: this is the larger part of what compaction costs. */
function lookAt(numbers: readonly number[]) {
  let before = numbers[0] ?? 0;
  let [min, max, minStep, maxStep] = [before, before, Infinity, -Infinity];
  let [stepBytes, runBytes, run] = [signedBytes(before), 1 + signedBytes(before), 1];
  for (let n = 1; n < numbers.length; n++) {
    const value = numbers[n] ?? 0;
    const step = value - before;
    if (value < min) min = value;
    else if (value > max) max = value;
    if (step < minStep) minStep = step;
    if (step > maxStep) maxStep = step;
    stepBytes += signedBytes(step);
    if (step === 0) {
      run++;
    } else {
      runBytes += varintBytes(run) + signedBytes(value);
      run = 1;
    }
    before = value;
  }
  return { min, max, minStep, maxStep, stepBytes, runBytes: runBytes + varintBytes(run) };
}

export function readIntegers(bytes: ByteReader, count: number): number[] {
  if (count === 0) return [];
  const form = bytes.byte();
  const numbers = readNumbers(bytes, form & ~THOUSANDS, count);
  if ((form & THOUSANDS) !== 0) for (let n = 0; n < count; n++) numbers[n] = (numbers[n] ?? 0) * 1000;
  return numbers;
}

function readNumbers(bytes: ByteReader, form: number, count: number): number[] {
  switch (form) {
    case CONSTANT:
      return new Array<number>(count).fill(readSigned(bytes));
    case PACKED:
      return readPacked(bytes, count);
    case PACKED_STEPS: {
      const first = readSigned(bytes);
      return addUp(first, readPacked(bytes, count - 1));
    }
    case RUNS:
      return readRuns(bytes, count);
    case STEPS: {
      const first = readSigned(bytes);
      return addUp(
        first,
        Array.from({ length: count - 1 }, () => readSigned(bytes)),
      );
    }
    default:
      throw new RangeError(`a column of the block has the form ${form}, which this version does not know`);
  }
}

/** Any doubles, and null. */
export function writeFigures(out: ByteWriter, values: readonly (number | null)[]): void {
  if (values.length === 0) return;
  const known = values.filter((value) => value !== null);
  if (known.length === 0) {
    out.byte(ALL_NULL);
    return;
  }
  const decimals = decimalsOf(known);
  const nulls = known.length === values.length ? 0 : WITH_NULLS;
  out.byte(nulls + (decimals === null ? DOUBLES : decimals.places));
  if (nulls !== 0)
    writeIntegers(
      out,
      values.map((value) => (value === null ? 0 : 1)),
    );
  if (decimals !== null) writeIntegers(out, decimals.numbers);
  else for (const value of known) out.double(value);
}

export function readFigures(bytes: ByteReader, count: number): (number | null)[] {
  if (count === 0) return [];
  const form = bytes.byte();
  if (form === ALL_NULL) return new Array<null>(count).fill(null);
  if ((form & WITH_NULLS) === 0) return readKnown(bytes, form, count);
  const isKnown = readIntegers(bytes, count);
  const known = readKnown(
    bytes,
    form - WITH_NULLS,
    isKnown.reduce((sum, is) => sum + is, 0),
  );
  let next = 0;
  return isKnown.map((is) => (is === 1 ? (known[next++] ?? null) : null));
}

function readKnown(bytes: ByteReader, form: number, count: number): number[] {
  if (form === DOUBLES) return Array.from({ length: count }, () => bytes.double());
  if (form > MOST_PLACES)
    throw new RangeError(`figures of the block have the form ${form}, which this version does not know`);
  const numbers = readIntegers(bytes, count);
  const unit = 10 ** form;
  if (form > 0) for (let n = 0; n < count; n++) numbers[n] = (numbers[n] ?? 0) / unit;
  return numbers;
}

interface Decimals {
  readonly places: number;
  readonly numbers: readonly number[];
}

/** Figures as whole numbers of the smallest decimal place they share; null where division would not give each back exactly. */
function decimalsOf(values: readonly number[]): Decimals | null {
  let [places, unit] = [0, 1];
  const numbers: number[] = [];
  for (const value of values) {
    let number = Math.round(value * unit);
    while (number / unit !== value || Math.abs(number) >= MOST_DECIMAL || (number === 0 && Object.is(value, -0))) {
      if (++places > MOST_PLACES) return null;
      unit *= 10;
      number = Math.round(value * unit);
    }
    numbers.push(number);
  }
  // Those before the one that took most places were found for fewer.
  for (let n = 0; n < numbers.length; n++) {
    const value = values[n] ?? 0;
    const number = Math.round(value * unit);
    if (number / unit !== value || Math.abs(number) >= MOST_DECIMAL) return null;
    numbers[n] = number;
  }
  return { places, numbers };
}

/** So that steps between two are whole numbers that doubles hold exactly. */
const MOST_DECIMAL = 2 ** 51;

function widthOf(difference: number): number {
  return difference < 2 ** 31 ? 32 - Math.clz32(difference) : 32 + widthOf(Math.floor(difference / 2 ** 32));
}

function stepsOf(values: readonly number[]): number[] {
  const steps: number[] = [];
  for (let n = 1; n < values.length; n++) steps.push((values[n] ?? 0) - (values[n - 1] ?? 0));
  return steps;
}

function addUp(first: number, steps: readonly number[]): number[] {
  const values = [first];
  let value = first;
  for (const step of steps) {
    value += step;
    values.push(value);
  }
  return values;
}

function writeRuns(out: ByteWriter, values: readonly number[]): void {
  let runs = 1;
  for (let n = 1; n < values.length; n++) if (values[n] !== values[n - 1]) runs++;
  out.varint(runs);
  for (let from = 0; from < values.length;) {
    const value = values[from] ?? 0;
    let to = from + 1;
    while (to < values.length && values[to] === value) to++;
    writeSigned(out, value);
    out.varint(to - from);
    from = to;
  }
}

function readRuns(bytes: ByteReader, count: number): number[] {
  const values: number[] = [];
  for (let runs = bytes.varint(); runs > 0; runs--) {
    const value = readSigned(bytes);
    const times = bytes.varint();
    if (values.length + times > count) throw new RangeError('runs of the block are too long');
    for (let n = 0; n < times; n++) values.push(value);
  }
  if (values.length !== count) throw new RangeError('runs of the block are too short');
  return values;
}

function writePacked(out: ByteWriter, values: readonly number[], min: number, width: number): void {
  writeSigned(out, min);
  out.byte(width);
  for (const value of values) out.bits(value - min, width);
  out.endBits();
}

function readPacked(bytes: ByteReader, count: number): number[] {
  const min = readSigned(bytes);
  const width = bytes.byte();
  if (width > 53) throw new RangeError('a number of the block is too wide');
  const values = new Array<number>(count);
  for (let n = 0; n < count; n++) values[n] = min + bytes.bits(width);
  bytes.endBits();
  return values;
}

/** Zigzag: the sign is the lowest bit, so that small numbers are short whatever their sign. */
function writeSigned(out: ByteWriter, value: number): void {
  out.varint(zigzag(value));
}

function readSigned(bytes: ByteReader): number {
  const value = bytes.varint();
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function signedBytes(value: number): number {
  return varintBytes(zigzag(value));
}

function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return 3 + varintBytes(Math.floor(value / 0x20_0000));
}

function bytesOf(bits: number): number {
  return Math.ceil(bits / 8);
}
