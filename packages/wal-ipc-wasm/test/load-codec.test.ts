import { loadCodec } from "@memwal/wal-ipc-wasm";
import { afterEach, expect, it, vi } from "vitest";

afterEach(() => {
	vi.unstubAllEnvs();
	vi.unstubAllGlobals();
});

async function implementations(options?: Parameters<typeof loadCodec>[0]): Promise<Record<string, string>> {
	const choices = (await loadCodec(options)).explain();
	return Object.fromEntries(choices.map(({ operation, implementation }) => [operation, implementation]));
}

const native = { checksum: "zlib", "check text": "node:buffer" };

it("by default each operation is done by what was measured to be faster", async () => {
	expect(await implementations()).toEqual({
		encode: "ts",
		"compress lz4": "wasm",
		"decompress lz4": "wasm",
		"count nulls": "wasm",
		"check offsets": "wasm",
		"check indices": "wasm",
		...native,
	});
	const [encode, compress] = (await loadCodec()).explain();
	expect(encode?.reason).toMatch(/measured \S+× as fast/);
	expect(compress?.reason).toMatch(/from \d+ bytes on/);
});

it.each(["ts", "wasm"] as const)(
	"asked for %s, it uses nothing else but what the runtime has of its own",
	async (prefer) => {
		const chosen = Object.values({ ...(await implementations({ prefer })), ...native });
		expect(new Set(chosen)).toEqual(new Set([prefer, "zlib", "node:buffer"]));
	},
);

it("the environment chooses where the program does not", async () => {
	vi.stubEnv("MEMWAL_CODEC", "wasm");
	expect(await implementations()).toMatchObject({ encode: "wasm" });
	expect(await implementations({ prefer: "ts" })).toMatchObject({ encode: "ts" });
	vi.stubEnv("MEMWAL_CODEC", "fast");
	await expect(loadCodec()).rejects.toThrow('MEMWAL_CODEC must be one of ["auto","ts","wasm"], not "fast"');
});

it.each([
	["there is no WebAssembly", () => vi.stubGlobal("WebAssembly", undefined), "has no WebAssembly"],
	["it has no SIMD", () => vi.stubGlobal("WebAssembly", { ...namespace(), validate: () => false }), "no SIMD"],
	[
		"a policy forbids to compile",
		() =>
			vi.stubGlobal("WebAssembly", {
				...namespace(),
				Module: class {
					constructor() {
						throw new WebAssembly.CompileError("blocked by Content Security Policy");
					}
				},
			}),
		"Content Security Policy",
	],
])("where %s, TypeScript does all, and says why", async (_, arrange, reason) => {
	arrange();
	// The compiled module is kept: a fresh copy of the package has none yet.
	vi.resetModules();
	const fresh = await import("@memwal/wal-ipc-wasm");
	const codec = await fresh.loadCodec({ prefer: "wasm" });
	expect(codec.explain()[0]).toMatchObject({ implementation: "ts", reason: expect.stringContaining(reason) });
});

it("what is no preference or no compression is an argument mistake", async () => {
	await expect(loadCodec({ prefer: "rust" as never })).rejects.toThrow(TypeError);
	await expect(loadCodec({ compression: "gzip" as never })).rejects.toThrow(TypeError);
});

/** The functions of WebAssembly's namespace are not enumerable. */
function namespace(): typeof WebAssembly {
	return Object.fromEntries(
		Object.getOwnPropertyNames(WebAssembly).map((name) => [name, WebAssembly[name as keyof typeof WebAssembly]]),
	) as unknown as typeof WebAssembly;
}
