/* SPDX-License-Identifier: GPL-2.0-only */
/* DURATION and TIME as words. The calendar is done here: gmtime_r(3) reads the host's time zone. */
#include "scope.h"
#include "utf8.h"
#include "words.h"
#include <errno.h>
#include <string.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, DURATION_DAYS_MAX = 3650 };

/* The form of a time: digits where it has zeros. */
static const char time_form[] = "0000-00-00T00:00:00Z";

struct date {
	unsigned year, month, day; /* from 1 */
};

int words_read_duration(const char *word, __s64 *seconds, struct error *error)
{
	static const struct {
		char letter;
		__s64 seconds;
	} units[] = {{'s', 1}, {'m', MINUTE}, {'h', HOUR}, {'d', DAY}};
	size_t digits = strspn(word, "0123456789"), unit = 0;
	char quoted[QUOTE_SIZE];
	__s64 value = 0;

	quote(quoted, word, strlen(word));
	while (unit < sizeof(units) / sizeof(units[0]) && units[unit].letter != word[digits])
		unit++;
	if (digits == 0 || unit == sizeof(units) / sizeof(units[0]) || word[digits + 1])
		return error_set(error, -EINVAL,
				 "%s is not a duration: write it as in 90s, 30m, 12h or 7d",
				 quoted);
	if (word[0] == '0' && digits > 1)
		return error_set(error, -EINVAL,
				 "%s is not a duration: write it without leading zeros", quoted);
	for (size_t i = 0; i < digits && value <= (__s64)DURATION_DAYS_MAX * DAY; i++)
		value = 10 * value + (word[i] - '0');
	value *= units[unit].seconds;
	if (value == 0)
		return error_set(error, -EINVAL, "the duration %s is too short: at least 1s",
				 quoted);
	if (value > (__s64)DURATION_DAYS_MAX * DAY)
		return error_set(error, -EINVAL, "the duration %s is too long: at most %dd", quoted,
				 DURATION_DAYS_MAX);
	*seconds = value;
	return 0;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that
 * a leap day is the last of its year. */
static __s64 date_to_days(const struct date *date)
{
	__s64 year = (__s64)date->year - (date->month <= 2);
	__s64 month = (date->month + 9) % 12; /* from March */
	__s64 day_of_year = (153 * month + 2) / 5 + date->day - 1;

	return 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

static struct date days_to_date(__s64 days)
{
	__s64 since = days + 719468; /* 0000-03-01 */
	__s64 era = since / 146097, day_of_era = since % 146097;
	__s64 year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	__s64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	__s64 month = (5 * day_of_year + 2) / 153;
	struct date date = {
		.month = (unsigned)(month < 10 ? month + 3 : month - 9),
		.day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1),
	};

	date.year = (unsigned)(era * 400 + year_of_era + (date.month <= 2));
	return date;
}

static bool has_form(const char *word)
{
	if (strlen(word) != strlen(time_form))
		return false;
	for (size_t i = 0; time_form[i]; i++) {
		bool digit = word[i] >= '0' && word[i] <= '9';

		if (time_form[i] == '0' ? !digit : word[i] != time_form[i])
			return false;
	}
	return true;
}

static unsigned digits_value(const char *digits, unsigned count)
{
	unsigned value = 0;

	while (count--)
		value = 10 * value + (unsigned)(*digits++ - '0');
	return value;
}

int words_read_time(const char *word, __s64 *time, struct error *error)
{
	char quoted[QUOTE_SIZE];
	struct date date, same;
	unsigned hour, minute, second;
	__s64 days, seconds;

	if (!has_form(word))
		return error_set(error, -EINVAL,
				 "%s is not a time in UTC: write it as in 2030-01-31T15:00:00Z",
				 quote(quoted, word, strlen(word)));
	date = (struct date){digits_value(word, 4), digits_value(word + 5, 2),
			     digits_value(word + 8, 2)};
	hour = digits_value(word + 11, 2);
	minute = digits_value(word + 14, 2);
	second = digits_value(word + 17, 2);
	days = date.month >= 1 && date.month <= 12 ? date_to_days(&date) : 0;
	same = days_to_date(days);
	if (memcmp(&date, &same, sizeof(date)) != 0 || hour > 23 || minute > 59 || second > 59)
		return error_set(error, -EINVAL, "the time %s does not exist",
				 quote(quoted, word, strlen(word)));
	seconds = days * DAY + hour * HOUR + minute * MINUTE + second;
	if (seconds <= 0)
		return error_set(error, -EINVAL, "the time %s is not after 1970-01-01T00:00:00Z",
				 quote(quoted, word, strlen(word)));
	*time = seconds;
	return 0;
}

/* Writes `count` digits over the text. */
static void put_digits(char *text, unsigned count, unsigned value)
{
	while (count--) {
		text[count] = (char)('0' + value % 10);
		value /= 10;
	}
}

void words_print_time(__s64 time, char text[WORDS_TIME_SIZE])
{
	struct date date = days_to_date(time / DAY);
	unsigned second = (unsigned)(time % DAY);

	memcpy(text, time_form, sizeof(time_form));
	put_digits(text, 4, date.year);
	put_digits(text + 5, 2, date.month);
	put_digits(text + 8, 2, date.day);
	put_digits(text + 11, 2, second / HOUR);
	put_digits(text + 14, 2, second / MINUTE % 60);
	put_digits(text + 17, 2, second % MINUTE);
}
