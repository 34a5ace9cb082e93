/** What is used of fengari, a Lua 5.3 in JavaScript. Its functions are those of Lua's C API, with texts as byte arrays. */
declare module 'fengari' {
  /** A Lua state. */
  interface LuaState {
    readonly luaState: unique symbol;
  }
  /** A function for scripts: takes its arguments from the stack, pushes its results and returns their number. */
  type LuaFunction = (L: LuaState) => number;

  export const lua: {
    readonly LUA_OK: number;
    readonly LUA_REGISTRYINDEX: number;
    readonly LUA_TNIL: number;
    readonly LUA_TBOOLEAN: number;
    readonly LUA_TNUMBER: number;
    readonly LUA_TSTRING: number;
    readonly LUA_TTABLE: number;
    lua_atnativeerror(L: LuaState, f: LuaFunction): void;
    lua_checkstack(L: LuaState, n: number): boolean;
    lua_createtable(L: LuaState, items: number, fields: number): void;
    lua_error(L: LuaState): number;
    lua_getfield(L: LuaState, at: number, name: Uint8Array): number;
    lua_getglobal(L: LuaState, name: Uint8Array): number;
    lua_gettop(L: LuaState): number;
    lua_pcall(L: LuaState, args: number, results: number, handler: number): number;
    lua_pop(L: LuaState, n: number): void;
    lua_pushboolean(L: LuaState, value: boolean): void;
    lua_pushcfunction(L: LuaState, f: LuaFunction): void;
    lua_pushglobaltable(L: LuaState): void;
    lua_pushinteger(L: LuaState, value: number): void;
    lua_pushlstring(L: LuaState, bytes: Uint8Array, length: number): void;
    lua_pushnil(L: LuaState): void;
    lua_pushnumber(L: LuaState, value: number): void;
    lua_rawgeti(L: LuaState, at: number, index: number): number;
    lua_rawlen(L: LuaState, at: number): number;
    lua_rawseti(L: LuaState, at: number, index: number): void;
    lua_setfield(L: LuaState, at: number, name: Uint8Array): void;
    lua_setglobal(L: LuaState, name: Uint8Array): void;
    lua_setmetatable(L: LuaState, at: number): void;
    lua_settop(L: LuaState, at: number): void;
    lua_toboolean(L: LuaState, at: number): boolean;
    lua_tojsstring(L: LuaState, at: number): string;
    lua_tonumber(L: LuaState, at: number): number;
    lua_tostring(L: LuaState, at: number): Uint8Array;
    lua_touserdata(L: LuaState, at: number): unknown;
    lua_type(L: LuaState, at: number): number;
  };
  export const lauxlib: {
    luaL_loadbuffer(L: LuaState, source: Uint8Array, length: number, name: Uint8Array): number;
    luaL_newstate(): LuaState;
    luaL_ref(L: LuaState, at: number): number;
    luaL_requiref(L: LuaState, name: Uint8Array, open: LuaFunction, isGlobal: boolean): void;
  };
  export const lualib: {
    readonly luaopen_base: LuaFunction;
    readonly luaopen_math: LuaFunction;
    readonly luaopen_string: LuaFunction;
    readonly luaopen_table: LuaFunction;
  };
}
