import { lauxlib, lua, lualib, bytesAt, push, pushReply, text, toReply, valueAt } from './lua-stack.ts';
import type { LuaFunction, LuaState } from './lua-stack.ts';
import { pack, unpack } from './message-pack.ts';
import { Refused, type Reply } from './reply.ts';

/** Runs a command for a script; its refusal ends the script. */
export type CommandOfScript = (command: string, args: readonly Buffer[]) => Reply;

/** As many values as Lua 5.1 can return at once. */
const UNPACK_LIMIT = 8_000;

/**
 * Runs Lua scripts as Redis does: with KEYS, ARGV, redis.call, cmsgpack and unpack, without anything from outside, and with no global of
 * their own. A script that is stopped by an error keeps what it has written.
 */
export class ScriptRunner {
  readonly #state: LuaState = lauxlib.luaL_newstate();
  /** Where the compiled scripts are kept in Lua's registry, by their text. */
  readonly #compiled = new Map<string, number>();
  #call: CommandOfScript = () => null;
  /** What ended the script that runs; null where that was Lua itself. */
  #failure: Error | null = null;

  constructor() {
    const L = this.#state;
    for (const [name, open] of [
      ['_G', lualib.luaopen_base],
      ['table', lualib.luaopen_table],
      ['string', lualib.luaopen_string],
      ['math', lualib.luaopen_math],
    ] as const) {
      lauxlib.luaL_requiref(L, text(name), open, true);
      lua.lua_pop(L, 1);
    }
    this.#library('redis', { call: (state) => this.#callCommand(state) });
    this.#library('cmsgpack', {
      pack: (state) => this.#returning(state, () => push(state, pack(valueAt(state, 1)))),
      unpack: (state) => this.#returning(state, () => push(state, unpack(bytesAt(state, 1)))),
    });
    lua.lua_pushcfunction(L, (state) => this.#unpack(state));
    lua.lua_setglobal(L, text('unpack'));
    this.#setGlobal('KEYS', []);
    this.#setGlobal('ARGV', []);
    this.#forbidGlobals();
  }

  /** @throws Refused what the script's command was refused with, or what is wrong with the script */
  run(script: string, keys: readonly Buffer[], args: readonly Buffer[], call: CommandOfScript): Reply {
    const L = this.#state;
    try {
      this.#push(script);
      this.#setGlobal('KEYS', keys);
      this.#setGlobal('ARGV', args);
      this.#call = call;
      this.#failure = null;
      if (lua.lua_pcall(L, 0, 1, 0) !== lua.LUA_OK) throw this.#failure ?? this.#luaError();
      return toReply(L, lua.lua_gettop(L));
    } finally {
      lua.lua_settop(L, 0);
    }
  }

  #push(script: string): void {
    const L = this.#state;
    const known = this.#compiled.get(script);
    if (known !== undefined) {
      lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, known);
      return;
    }
    const source = text(script);
    if (lauxlib.luaL_loadbuffer(L, source, source.length, text('@user_script')) !== lua.LUA_OK) throw this.#luaError();
    const place = lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX);
    this.#compiled.set(script, place);
    lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, place);
  }

  #luaError(): Refused {
    return new Refused(`ERR ${lua.lua_tojsstring(this.#state, -1)}`);
  }

  #callCommand(L: LuaState): number {
    return this.#returning(L, () => {
      const [command, ...args] = Array.from({ length: lua.lua_gettop(L) }, (_, i) => argumentAt(L, i + 1));
      pushReply(L, this.#call(command.toString().toLowerCase(), args));
    });
  }

  #unpack(L: LuaState): number {
    const from = lua.lua_type(L, 2) === lua.LUA_TNUMBER ? lua.lua_tonumber(L, 2) : 1;
    const to = lua.lua_type(L, 3) === lua.LUA_TNUMBER ? lua.lua_tonumber(L, 3) : lua.lua_rawlen(L, 1);
    const count = Math.max(0, to - from + 1);
    if (count >= UNPACK_LIMIT) {
      return this.#returning(L, () => {
        throw new Refused('ERR too many results to unpack');
      });
    }
    lua.lua_checkstack(L, count);
    for (let i = from; i <= to; i++) lua.lua_rawgeti(L, 1, i);
    return count;
  }

  /** Ends a function for scripts whose one result `work` pushes. */
  #returning(L: LuaState, work: () => void): number {
    try {
      work();
      return 1;
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      push(L, Buffer.from(String(error)));
      return lua.lua_error(L);
    }
  }

  #library(name: string, functions: Readonly<Record<string, LuaFunction>>): void {
    const L = this.#state;
    lua.lua_createtable(L, 0, 2);
    for (const [member, body] of Object.entries(functions)) {
      lua.lua_pushcfunction(L, body);
      lua.lua_setfield(L, -2, text(member));
    }
    lua.lua_setglobal(L, text(name));
  }

  #setGlobal(name: string, items: readonly Buffer[]): void {
    push(this.#state, items);
    lua.lua_setglobal(this.#state, text(name));
  }

  #forbidGlobals(): void {
    const L = this.#state;
    const refuse: LuaFunction = (state) =>
      this.#returning(state, () => {
        throw new Refused(
          `ERR Script attempted to access nonexistent global variable '${bytesAt(state, 2).toString()}'`,
        );
      });
    lua.lua_pushglobaltable(L);
    lua.lua_createtable(L, 0, 2);
    for (const event of ['__index', '__newindex']) {
      lua.lua_pushcfunction(L, refuse);
      lua.lua_setfield(L, -2, text(event));
    }
    lua.lua_setmetatable(L, -2);
    lua.lua_pop(L, 1);
  }
}

function argumentAt(L: LuaState, at: number): Buffer {
  const type = lua.lua_type(L, at);
  if (type === lua.LUA_TSTRING) return bytesAt(L, at);
  if (type !== lua.LUA_TNUMBER) throw new Refused('ERR Lua redis lib command arguments must be strings or integers');
  const value = lua.lua_tonumber(L, at);
  return Buffer.from(Number.isInteger(value) ? String(value) : value.toPrecision(17).replace(/\.?0+$/, ''));
}
