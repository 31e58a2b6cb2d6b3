import {
	type Data,
	type Date_,
	DateUnit,
	type Decimal,
	type Interval,
	IntervalUnit,
	type Time,
	type Timestamp,
	TimeUnit,
} from "apache-arrow";

const ticksPerSecond: Readonly<Record<TimeUnit, bigint>> = {
	[TimeUnit.SECOND]: 1n,
	[TimeUnit.MILLISECOND]: 1_000n,
	[TimeUnit.MICROSECOND]: 1_000_000n,
	[TimeUnit.NANOSECOND]: 1_000_000_000n,
};
const fractionDigits: Readonly<Record<TimeUnit, number>> = {
	[TimeUnit.SECOND]: 0,
	[TimeUnit.MILLISECOND]: 3,
	[TimeUnit.MICROSECOND]: 6,
	[TimeUnit.NANOSECOND]: 9,
};
const msPerDay = 86_400_000n;
/** The last millisecond, either way from 1970, that a JavaScript date can name. */
const maxDateMs = 8_640_000_000_000_000n;

/** ISO 8601 with every digit of the unit; with `Z` where the type has a time zone, since its values are then UTC. */
export function timestampText(ticks: bigint, { unit, timezone }: Timestamp): string {
	const perSecond = ticksPerSecond[unit];
	const seconds = floorDivide(ticks, perSecond);
	const text = isoText(seconds * 1_000n);
	if (text === undefined) return `${ticks} ${TimeUnit[unit].toLowerCase()}s`;
	return `${text.slice(0, -5)}${fraction(ticks - seconds * perSecond, unit)}${timezone ? "Z" : ""}`;
}

/** `2001-12-31`; with a time of day only where a millisecond date is not a whole day. */
export function dateText(ticks: bigint, { unit }: Date_): string {
	const ms = unit === DateUnit.DAY ? ticks * msPerDay : ticks;
	const text = isoText(ms);
	if (text === undefined) return `${ticks} ${unit === DateUnit.DAY ? "days" : "milliseconds"}`;
	return ms % msPerDay === 0n ? text.slice(0, text.indexOf("T")) : text.slice(0, -1);
}

/** `23:59:59` with every digit of the unit. */
export function timeText(ticks: bigint, { unit }: Time): string {
	const perSecond = ticksPerSecond[unit];
	const seconds = floorDivide(ticks, perSecond);
	const parts = [seconds / 3_600n, (seconds / 60n) % 60n, seconds % 60n];
	return parts.map((part) => String(part).padStart(2, "0")).join(":") + fraction(ticks - seconds * perSecond, unit);
}

/** All digits of a decimal, with its scale. `words` are its 32-bit words, lowest first, in two's complement. */
export function decimalText(words: Uint32Array, { scale, bitWidth }: Decimal): string {
	let unsigned = 0n;
	for (let index = words.length - 1; index >= 0; index--) unsigned = (unsigned << 32n) | BigInt(words[index] ?? 0);
	const value = BigInt.asIntN(bitWidth, unsigned);
	if (scale <= 0) return String(value * 10n ** BigInt(-scale));
	const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
	return `${value < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** An interval as a JSON object of its exact parts. */
export function intervalJson(data: Data, row: number, { unit }: Interval): string {
	const values = data.values as Int32Array;
	const part = (index: number) => values[row * data.stride + index] ?? 0;
	switch (unit) {
		case IntervalUnit.YEAR_MONTH:
			return `{"months":${part(0)}}`;
		case IntervalUnit.DAY_TIME:
			return `{"days":${part(0)},"milliseconds":${part(1)}}`;
		default:
			return `{"months":${part(0)},"days":${part(1)},"nanoseconds":${
				(BigInt(part(3)) << 32n) | BigInt.asUintN(32, BigInt(part(2)))
			}}`;
	}
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
	const quotient = dividend / divisor;
	return dividend % divisor < 0n ? quotient - 1n : quotient;
}

function fraction(ticks: bigint, unit: TimeUnit): string {
	return unit === TimeUnit.SECOND ? "" : `.${String(ticks).padStart(fractionDigits[unit], "0")}`;
}

function isoText(ms: bigint): string | undefined {
	return ms > maxDateMs || ms < -maxDateMs ? undefined : new Date(Number(ms)).toISOString();
}
