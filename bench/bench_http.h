/* SPDX-License-Identifier: MIT */
/* bench_http: the server, which is the library's, apart from what measures it, which is not. */
#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H

#define HTTP_JSON_PATH  "/notes/7"
#define HTTP_FILE_PATH  "/page.html"
#define HTTP_FILE_BYTES 4096

/** Serve these two on a free port of 127.0.0.1, which is printed; until killed. */
int bench_http_serve(void);

#endif
