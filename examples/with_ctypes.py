#!/usr/bin/python3
"""libstator.so from Python, by ctypes alone: structs as in stator.h, functions, no macros.

usage: with_ctypes.py LIBSTATOR.SO [DATABASE]
"""
import sys
from ctypes import (CDLL, POINTER, Structure, byref, c_char_p, c_int, c_int64, c_size_t,
                    c_uint8, c_uint32, c_void_p, sizeof)


def struct(**fields):
    return type("Struct", (Structure,), {"_fields_": list(fields.items())})


Val = struct(kind=c_uint8, why=c_uint8, n=c_uint32, u=c_int64)
Attr = struct(name=c_char_p, value=Val)
Cond = struct(op=c_uint8, failed=c_int, text=c_char_p, kids=c_void_p, args=c_void_p, n=c_size_t,
              left=Val, low=Val, high=Val)
Error = struct(rc=c_int, code=c_char_p, message=c_char_p)
Table = struct(size=c_uint32, name=c_char_p, key=c_char_p)  # the beginning of each is enough:
Write = struct(size=c_uint32, value=Val, object=c_void_p, condition=Cond)  # `size` says so
Query = struct(size=c_uint32, table=c_char_p, key=Cond)

lib = CDLL(sys.argv[1])
for function, result in {"stator_s": Val, "stator_i": Val, "stator_map": Val, "stator_eq": Cond,
                         "stator_not_exists": Cond, "stator_result_item": c_void_p,
                         "stator_num": c_char_p, "stator_error_get": POINTER(Error)}.items():
    getattr(lib, function).restype = result

db, found = c_void_p(), c_void_p()
uri = sys.argv[2] if len(sys.argv) > 2 else "mem:"
assert lib.stator_open(uri.encode(), None, byref(db)) == 0, lib.stator_error_get()[0].message
table = Table(size=sizeof(Table), name=b"python", key=b"user:S, at:N")
assert lib.stator_create_table_(db, byref(table)) == 0, lib.stator_error_get()[0].message
attrs = (Attr * 2)(Attr(b"user", lib.stator_s(b"ann")), Attr(b"at", lib.stator_i(c_int64(7))))
put = Write(size=sizeof(Write), value=lib.stator_map(attrs, c_size_t(2)),
            condition=lib.stator_not_exists(b"user"))
for _ in range(2):
    print("put:", lib.stator_put_item(db, b"python", byref(put)))
ask = Query(size=sizeof(Query), key=lib.stator_eq(b"user", lib.stator_s(b"ann")))
assert lib.stator_query_page(db, b"python", byref(found), byref(ask)) == 0
item = c_void_p(lib.stator_result_item(found, c_size_t(0)))
print("found:", lib.stator_result_count(found), "at", lib.stator_num(item, b"at").decode())
lib.stator_result_free(found)
assert lib.stator_delete_table(db, b"python") == 0, lib.stator_error_get()[0].message
lib.stator_close(db)
