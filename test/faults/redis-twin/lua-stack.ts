import { createRequire } from 'node:module';
import type * as Fengari from 'fengari';
import type { LuaState } from 'fengari';
import { Refused, Status, type Reply } from './reply.ts';
import type { Packed } from './message-pack.ts';

/** Redis runs Lua 5.1, whose numbers show no fraction when they have none; fengari reads this when it is loaded. */
process.env['FENGARICONF'] = JSON.stringify({ LUA_COMPAT_FLOATSTRING: true });

export const { lua, lauxlib, lualib } = createRequire(import.meta.url)('fengari') as typeof Fengari;
export type { LuaFunction, LuaState } from 'fengari';

/** A text in Lua's own form. */
export const text = (characters: string): Uint8Array => Buffer.from(characters);

/** Pushes what a command answered, as scripts see it: nothing is false, a status a table. */
export function pushReply(L: LuaState, reply: Reply): void {
  if (reply === null) lua.lua_pushboolean(L, false);
  else if (reply instanceof Status) {
    lua.lua_createtable(L, 0, 1);
    push(L, Buffer.from(reply.text));
    lua.lua_setfield(L, -2, text('ok'));
  } else if (typeof reply === 'number' || Buffer.isBuffer(reply)) push(L, reply);
  else pushList(L, reply, pushReply);
}

/** Pushes a value. */
export function push(L: LuaState, value: Packed): void {
  if (value === null) lua.lua_pushnil(L);
  else if (typeof value === 'boolean') lua.lua_pushboolean(L, value);
  else if (typeof value === 'number') {
    // Whole numbers of this Lua have 32 bits.
    if ((value | 0) === value) lua.lua_pushinteger(L, value);
    else lua.lua_pushnumber(L, value);
  } else if (Buffer.isBuffer(value)) lua.lua_pushlstring(L, value, value.length);
  else pushList(L, value, push);
}

function pushList<Item>(L: LuaState, items: readonly Item[], pushItem: (L: LuaState, item: Item) => void): void {
  lua.lua_createtable(L, items.length, 0);
  for (let i = 0; i < items.length; i++) {
    pushItem(L, items[i]);
    lua.lua_rawseti(L, -2, i + 1);
  }
}

/**
 * What a script returned, as its client sees it: numbers lose their fraction, true is 1, false and nil are nothing, a list ends before its
 * first nil.
 * @throws Refused for a table with the field `err`
 */
export function toReply(L: LuaState, at: number): Reply {
  switch (lua.lua_type(L, at)) {
    case lua.LUA_TSTRING:
      return bytesAt(L, at);
    case lua.LUA_TNUMBER:
      return Math.trunc(lua.lua_tonumber(L, at));
    case lua.LUA_TBOOLEAN:
      return lua.lua_toboolean(L, at) ? 1 : null;
    case lua.LUA_TTABLE: {
      const error = fieldOf(L, at, 'err');
      if (error !== null) throw new Refused(error);
      const status = fieldOf(L, at, 'ok');
      return status === null ? listAt(L, at, toReply) : new Status(status);
    }
    default:
      return null;
  }
}

/** A value of a script. Tables are lists. */
export function valueAt(L: LuaState, at: number): Packed {
  switch (lua.lua_type(L, at)) {
    case lua.LUA_TSTRING:
      return bytesAt(L, at);
    case lua.LUA_TNUMBER:
      return lua.lua_tonumber(L, at);
    case lua.LUA_TBOOLEAN:
      return lua.lua_toboolean(L, at);
    case lua.LUA_TTABLE:
      return listAt(L, at, valueAt);
    case lua.LUA_TNIL:
      return null;
    default:
      throw new TypeError('only texts, numbers, truth and lists can be packed');
  }
}

/** The bytes of a text. Lua never changes them, and nobody else may. */
export function bytesAt(L: LuaState, at: number): Buffer {
  const { buffer, byteOffset, length } = lua.lua_tostring(L, at);
  return Buffer.from(buffer, byteOffset, length);
}

function fieldOf(L: LuaState, at: number, name: string): string | null {
  lua.lua_getfield(L, at, text(name));
  const found = lua.lua_type(L, -1) === lua.LUA_TSTRING ? bytesAt(L, -1).toString() : null;
  lua.lua_pop(L, 1);
  return found;
}

function listAt<Item>(L: LuaState, at: number, read: (L: LuaState, at: number) => Item): Item[] {
  const items: Item[] = [];
  for (let i = 1; lua.lua_rawgeti(L, at, i) !== lua.LUA_TNIL; i++) {
    items.push(read(L, lua.lua_gettop(L)));
    lua.lua_pop(L, 1);
  }
  lua.lua_pop(L, 1);
  return items;
}
