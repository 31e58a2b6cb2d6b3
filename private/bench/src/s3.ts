import { requestsAnAppend } from "./s3/append-requests.ts";
import { coldOpen } from "./s3/cold-open.ts";
import { loneAppend } from "./s3/lone-append.ts";
import { s3Server } from "./s3/s3-server.ts";
import type { Suite } from "./suite.ts";
import { crowdAt } from "./writer/crowd.ts";

/** What a log costs on a real S3 server, in time and in requests, against bare requests. */
export const s3: Suite = {
	name: "s3",
	title: "A real S3 server on loopback: a lone client, its requests, opening a log, and a crowd",
	needs: "S3 server",
	async run(run) {
		const server = s3Server();
		const crowd = {
			name: "S3 server",
			open: (side: string) => server.open(`crowd-${side}`),
			putsAlone: 50,
			goals: new Map([[64, 40]]),
		};
		return [
			...(await loneAppend(server, run)),
			...(await requestsAnAppend(server, run)),
			...(await coldOpen(server, run)),
			...(await crowdAt(crowd, run.quick ? 3 : 12, run.random)),
		];
	},
};
