import { bytesUnder, equal, failsWith, keysOf, sameBytes, utf8 } from "./check.ts";
import type { StoreCase } from "./conformance.ts";

/** Keys that no store may take, for what they could mean to one of them. */
function forbidden(base: string): readonly string[] {
	return [
		"",
		"/",
		`/${base}absolute`,
		"..",
		"../outside",
		`${base}..`,
		`${base}../../outside`,
		`${base}a/../b`,
		`${base}.`,
		`${base}./a`,
		`${base}a//b`,
		`${base}a/`,
		`${base}nul\0`,
		`${base}back\\slash`,
		`${base}..\\outside`,
		`${base}\ud83d`,
		`${base}\ude00x`,
		base + "x".repeat(256),
		base + "é".repeat(128),
		base + "0123456789/".repeat(100),
		".memwal-tmp",
		".memwal-tmp/x",
		".MemWAL-tmp/x",
	];
}

/** Keys that look odd, and are none the less keys. */
const odd: readonly string[] = [
	"...",
	"..a",
	"a..b",
	".hidden",
	"with space",
	"100%",
	"%2e%2e",
	"a%2Fb",
	"a+b&c=d?e#f",
	"~",
	"-rf",
	"*",
	"'quoted'",
	"é",
	"日本",
	"😀",
	"below/.memwal-tmp/x",
	"x".repeat(255),
	`${"é".repeat(127)}x`,
];

export const keyCases: readonly StoreCase[] = [
	{
		name: "a key that leads astray is refused by every operation, and nothing is written",
		async test({ store, base }) {
			for (const key of forbidden(base)) {
				const shown = JSON.stringify(key.slice(0, 60));
				await failsWith(async () => store.get(key), "WAL_INVALID", `get ${shown}`);
				await failsWith(async () => store.head(key), "WAL_INVALID", `head ${shown}`);
				for (const [name, write] of [
					["putIfAbsent", async () => store.putIfAbsent(key, utf8("x"))],
					["put", async () => store.put(key, utf8("x"))],
					["delete", async () => store.delete(key)],
				] as const) {
					const error = await failsWith(write, "WAL_INVALID", `${name} ${shown}`);
					equal(error.outcome, "not-written", `outcome of ${name} ${shown}`);
				}
			}
			equal(await keysOf(store.list(base)), [], "list");
		},
	},
	{
		name: "a key that only looks odd is a key, and comes back as it was given",
		async test({ store, base }) {
			for (const name of odd) {
				const key = base + name;
				equal(await store.putIfAbsent(key, utf8(name)), "created", name);
				sameBytes(await bytesUnder(store, key), utf8(name), name);
			}
			const expected = odd.map((name) => base + name).sort();
			equal((await keysOf(store.list(base))).sort(), expected, "list");
		},
	},
	{
		name: "a key may be as long as the store says, and no longer",
		async test({ store, base, capabilities: { keyBytes } }) {
			const folders = base + `${"y".repeat(99)}/`.repeat(9);
			const key = folders + "z".repeat(keyBytes - folders.length);
			await store.putIfAbsent(key, utf8("x"));
			equal(await keysOf(store.list(base)), [key], "list");
			await failsWith(async () => store.putIfAbsent(`${key}z`, utf8("x")), "WAL_INVALID", "one byte more");
		},
	},
	{
		name: "a list prefix that no key can start with is refused",
		async test({ store, base }) {
			for (const prefix of [
				"/",
				"../",
				`${base}../`,
				`${base}./`,
				`${base}/`,
				`${base}a\0`,
				`${base}a\\`,
				".memwal-tmp/",
			]) {
				await failsWith(() => keysOf(store.list(prefix)), "WAL_INVALID", `list ${JSON.stringify(prefix)}`);
			}
		},
	},
];
