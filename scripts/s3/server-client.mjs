import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT } from "../root-command.mjs";
import { BUCKET, CREDENTIALS, REGION } from "./servers.mjs";

/**
 * Creates the bucket of a server that has begun to answer.
 *
 * @param {string} endpoint
 */
export async function createBucket(endpoint) {
	// Asked for late: it is there only after the set-up, and belongs to the package that has a driver for it.
	// The SDK would tell of the Node versions of later releases, each time.
	process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
	const load = createRequire(join(ROOT, "packages", "wal-store", "package.json"));
	const { CreateBucketCommand, ListBucketsCommand, S3Client } = load("@aws-sdk/client-s3");
	const client = new S3Client({
		endpoint,
		region: REGION,
		credentials: CREDENTIALS,
		forcePathStyle: true,
		maxAttempts: 1,
		requestHandler: { requestTimeout: 2_000, throwOnRequestTimeout: true },
	});
	try {
		const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
		const exists = Buckets.some((/** @type {{ Name?: string }} */ { Name }) => Name === BUCKET);
		if (!exists) await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
	} finally {
		client.destroy();
	}
}

/**
 * What a process needs in its environment to find the server, and what `openStore` takes.
 *
 * @param {string} endpoint
 * @returns {Record<string, string>}
 */
export function environmentOf(endpoint) {
	return {
		AWS_ENDPOINT_URL_S3: endpoint,
		AWS_REGION: REGION,
		AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
		AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
		MEMWAL_S3_URL: `s3://${BUCKET}`,
	};
}
