/* SPDX-License-Identifier: MIT */
#include "bare_answers.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bare_loop.h"

#define READ_BYTES     65536
#define AT_ONCE_MAX    64 /* requests in one piece */
#define HEAD_BYTES_MAX 256

static uint8_t input[READ_BYTES];

/* What came; 0: nothing more will, and the connection is closed. */
static size_t read_all(int fd)
{
    ssize_t got = recv(fd, input, sizeof input, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        close(fd);
    return got > 0 ? (size_t)got : 0;
}

/* --- echo ------------------------------------------------------------------------------------ */

/* | 81 | len | mask | payload |   ->   | 81 | len | payload |, in place: two bytes before the
 * payload lies what has been read of the mask. */
static void echo_frame(int fd, size_t got)
{
    size_t len = input[1] & 0x7f;
    if (got < 6 + len)
        return;
    input[4] = 0x81;
    input[5] = (uint8_t)len;
    (void)!send(fd, input + 4, 2 + len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void echo(int fd)
{
    size_t got = read_all(fd);
    if (got >= 4 && memcmp(input, "GET ", 4) == 0)
        bare_greet(fd);
    else if (got >= 6)
        echo_frame(fd, got);
}

int bare_echo(void)
{
    struct bare_loop loop;
    int r = bare_open(&loop);
    return r < 0 ? r : bare_run(&loop, echo);
}

/* --- http ------------------------------------------------------------------------------------ */

static char answers[AT_ONCE_MAX * BARE_ANSWER_BYTES_MAX];
static size_t answer_bytes;

/* The length has a fixed number of digits, so the head's own length does not depend on it. */
static int make_answers(size_t bytes)
{
    static const char FORMAT[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                 "Content-Length: %06zu\r\n\r\n";
    char head[HEAD_BYTES_MAX];
    size_t len = (size_t)snprintf(head, sizeof head, FORMAT, (size_t)0);
    if (len > bytes || bytes > BARE_ANSWER_BYTES_MAX)
        return -EMSGSIZE;
    snprintf(head, sizeof head, FORMAT, bytes - len);
    for (size_t i = 0; i < AT_ONCE_MAX; i++) {
        memset(answers + i * bytes, ' ', bytes);
        memcpy(answers + i * bytes, head, len);
    }
    answer_bytes = bytes;
    return 0;
}

static size_t count_requests(const uint8_t *data, size_t len)
{
    size_t count = 0;
    const uint8_t *at = data, *end = data + len;
    while ((at = memmem(at, (size_t)(end - at), "\r\n\r\n", 4)) && count < AT_ONCE_MAX) {
        count++;
        at += 4;
    }
    return count;
}

static void answer(int fd)
{
    size_t count = count_requests(input, read_all(fd));
    if (count > 0)
        (void)!send(fd, answers, count * answer_bytes, MSG_NOSIGNAL);
}

int bare_http(size_t bytes)
{
    struct bare_loop loop;
    int r = make_answers(bytes);
    if (r == 0)
        r = bare_open(&loop);
    return r < 0 ? r : bare_run(&loop, answer);
}
