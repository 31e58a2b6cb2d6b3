import { openStore } from "@memwal/wal-core";
import type { ObjectStore } from "@memwal/wal-store";

/** The server that was started for the run; what it stores goes away with it. */
export interface S3Server {
	readonly endpoint: string;
	readonly region: string;
	readonly bucket: string;
	readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
	/** A store in a folder of the bucket; `through` is the endpoint of a proxy before the server. */
	open(folder: string, through?: string): Promise<ObjectStore>;
}

/**
 * What the environment says of the server.
 *
 * @throws Error where it says nothing.
 */
export function s3Server(): S3Server {
	const url = variable("MEMWAL_S3_URL");
	const endpoint = variable("AWS_ENDPOINT_URL_S3");
	return {
		endpoint,
		region: variable("AWS_REGION"),
		bucket: new URL(url).host,
		credentials: { accessKeyId: variable("AWS_ACCESS_KEY_ID"), secretAccessKey: variable("AWS_SECRET_ACCESS_KEY") },
		open: (folder, through = endpoint) =>
			openStore(`${url}/bench/${folder}?endpoint=${encodeURIComponent(through)}&addressing=path`),
	};
}

function variable(name: string): string {
	const value = process.env[name];
	if (value) return value;
	throw new Error(`the suite s3 needs a server, and ${name} does not say where: npm run bench -- s3 starts one`);
}
