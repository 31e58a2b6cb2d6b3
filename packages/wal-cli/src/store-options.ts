import type { Command } from "commander";
import { UsageError } from "./command-failure.ts";

/** Where a bucket is, as options of a command. */
export interface StoreOptions {
	readonly endpoint?: string | undefined;
	readonly region?: string | undefined;
	readonly profile?: string | undefined;
}

export function withStoreOptions(command: Command): Command {
	return command
		.option("--endpoint <url>", "s3: where the store is, for anything but AWS")
		.option("--region <region>", "s3: the bucket's region")
		.option("--profile <name>", "s3: profile of the AWS configuration, for credentials and region");
}

/**
 * The URL with what the options say: one word that names the log, also in the commands that are printed to go on with.
 *
 * @throws UsageError where options for buckets come with another store.
 */
export function locatedUrl(url: string, { endpoint, region, profile }: StoreOptions): string {
	const given = Object.entries({ endpoint, region, profile }).flatMap(([name, value]) =>
		value === undefined ? [] : [[name, value] as const],
	);
	if (given.length === 0) return url;
	if (!/^s3:/i.test(url)) {
		const names = given.map(([name]) => `--${name}`).join(", ");
		throw new UsageError(`${names} says where a bucket is, and the URL names none`, "Write s3://BUCKET/PREFIX.");
	}
	const [place = "", query = ""] = url.split("?", 2);
	const options = new Map([...new URLSearchParams(query), ...given]);
	return `${place}?${[...options].map(([name, value]) => `${name}=${queryValue(value)}`).join("&")}`;
}

/** Escaped where it must be and readable where it can be. */
function queryValue(value: string): string {
	return encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%2F", "/");
}
