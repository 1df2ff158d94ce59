/* SPDX-License-Identifier: MIT */
#include "web/http_date.h"

#include "ouro/base.h"

#include <string.h>

#define DAY_SECONDS   86400
#define SECONDS_MAX   INT64_C(253402300799) /* the last of the year 9999 */
#define CENTURY_YEARS 100
#define AHEAD_YEARS   50 /* RFC 9110 5.6.7: a year that seems further ahead is a past one */

static const char weekdays[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* of 1970 */
static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct date {
    int year, month, day; /* month from 0, day from 1 */
    int hour, minute, second;
};

/* --- the calendar ------------------------------------------------------------------------------
 *
 * Years are counted from March, so that the day that comes and goes is the last one (Hinnant 2013,
 * "chrono-Compatible Low-Level Date Algorithms"). */

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month] + (month == 1 && is_leap(year));
}

static int64_t days_since_1970(const struct date *date)
{
    int64_t year = date->year - (date->month < 2), month = (date->month + 10) % 12;
    int64_t day_of_year = (153 * month + 2) / 5 + date->day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

static struct date date_of(int64_t seconds)
{
    int64_t days = seconds / DAY_SECONDS + 719468; /* since March of the year 0 */
    int rest = (int)(seconds % DAY_SECONDS);
    int64_t era = days / 146097, day_of_era = days % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (int)(5 * day_of_year + 2) / 153; /* from March */
    return (struct date){
        .year = (int)(era * 400 + year_of_era) + (month >= 10),
        .month = (month + 2) % 12,
        .day = (int)(day_of_year - (153 * month + 2) / 5) + 1,
        .hour = rest / 3600,
        .minute = rest / 60 % 60,
        .second = rest % 60,
    };
}

/* --- writing ---------------------------------------------------------------------------------- */

static int64_t bounded(int64_t seconds)
{
    return seconds < 0 ? 0 : seconds > SECONDS_MAX ? SECONDS_MAX : seconds;
}

/* Two digits, in front of whatever stands behind them. */
static void put_digits(char *at, int value)
{
    at[0] = (char)('0' + value / 10 % 10);
    at[1] = (char)('0' + value % 10);
}

void ouro__http_date_print(int64_t seconds, char ret_text[OURO__HTTP_DATE_BYTES])
{
    seconds = bounded(seconds);
    struct date date = date_of(seconds);
    memcpy(ret_text, "Day, 00 Mon 0000 00:00:00 GMT", OURO__HTTP_DATE_BYTES);
    memcpy(ret_text, weekdays[seconds / DAY_SECONDS % 7], 3);
    memcpy(ret_text + 8, months[date.month], 3);
    put_digits(ret_text + 5, date.day);
    put_digits(ret_text + 12, date.year / CENTURY_YEARS);
    put_digits(ret_text + 14, date.year);
    put_digits(ret_text + 17, date.hour);
    put_digits(ret_text + 20, date.minute);
    put_digits(ret_text + 23, date.second);
}

void ouro__log_date_print(int64_t ns, char ret_text[OURO__LOG_DATE_BYTES])
{
    struct date date = date_of(bounded(ns / OURO_SEC(1)));
    int ms = ns < 0 ? 0 : (int)(ns / OURO_MS(1) % 1000);
    memcpy(ret_text, "0000-00-00T00:00:00.000Z", OURO__LOG_DATE_BYTES);
    put_digits(ret_text, date.year / CENTURY_YEARS);
    put_digits(ret_text + 2, date.year);
    put_digits(ret_text + 5, date.month + 1);
    put_digits(ret_text + 8, date.day);
    put_digits(ret_text + 11, date.hour);
    put_digits(ret_text + 14, date.minute);
    put_digits(ret_text + 17, date.second);
    ret_text[20] = (char)('0' + ms / 100);
    put_digits(ret_text + 21, ms);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int month_of(const char *name)
{
    for (int i = 0; i < 12; i++)
        if (memcmp(months[i], name, 3) == 0)
            return i;
    return -1;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int *number_named(struct date *date, char letter)
{
    switch (letter) {
    case 'D':
    case '_':
        return &date->day;
    case 'Y':
        return &date->year;
    case 'h':
        return &date->hour;
    case 'm':
        return &date->minute;
    case 's':
        return &date->second;
    default:
        return NULL;
    }
}

/*
 * Read the text by a pattern: D, Y, h, m, s are digits of day, year, hour, minute, second; '_' is a
 * digit of the day or a space; NNN is the name of a month; '?' is a letter; all else stands for
 * itself.
 */
static bool matches(struct ouro__slice text, const char *pattern, struct date *ret)
{
    *ret = (struct date){0};
    if (text.len != strlen(pattern))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i], p = pattern[i];
        int *number = number_named(ret, p);
        if (number && is_digit(c))
            *number = *number * 10 + (c - '0');
        else if (number && !(p == '_' && c == ' '))
            return false;
        else if (p == 'N' && pattern[i - 1] != 'N')
            ret->month = month_of(text.at + i);
        else if (!number && p != 'N' && (p == '?' ? !is_letter(c) : c != p))
            return false;
    }
    return true;
}

/* A second of 60 is a leap second; the clock counts it with the next. */
static bool is_possible(const struct date *date)
{
    return date->month >= 0 && date->year >= 1 && date->day >= 1 &&
           date->day <= days_of_month(date->year, date->month) && date->hour <= 23 &&
           date->minute <= 59 && date->second <= 60;
}

static int year_of_two_digits(int digits, int64_t now)
{
    int this_year = date_of(bounded(now)).year;
    int year = this_year - this_year % CENTURY_YEARS + digits;
    if (year > this_year + AHEAD_YEARS)
        return year - CENTURY_YEARS;
    return year + CENTURY_YEARS <= this_year + AHEAD_YEARS ? year + CENTURY_YEARS : year;
}

/* The names of days have different lengths; behind the comma all is the same. */
static bool matches_rfc850(struct ouro__slice text, int64_t now, struct date *ret)
{
    const char *comma = memchr(text.at, ',', text.len);
    if (!comma)
        return false;
    struct ouro__slice rest = {comma, text.len - (size_t)(comma - text.at)};
    if (!matches(rest, ", DD-NNN-YY hh:mm:ss GMT", ret))
        return false;
    ret->year = year_of_two_digits(ret->year, now);
    return true;
}

int ouro__http_date_parse(struct ouro__slice text, int64_t now, int64_t *ret_seconds)
{
    struct date date;
    if (text.len == 0 ||
        (!matches(text, "???, DD NNN YYYY hh:mm:ss GMT", &date) &&
         !matches_rfc850(text, now, &date) && !matches(text, "??? NNN _D hh:mm:ss YYYY", &date)))
        return -OURO_EMALFORMED;
    if (!is_possible(&date))
        return -OURO_EMALFORMED;
    *ret_seconds =
        days_since_1970(&date) * DAY_SECONDS + date.hour * 3600 + date.minute * 60 + date.second;
    return 0;
}
