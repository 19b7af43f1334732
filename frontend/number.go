package frontend

import "strconv"

// number is any of the integers that views carry.
type number interface{ ~int | ~int64 }

// count groups the digits of n by three: 18,204.
func count[N number](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// many is a count with its noun: "1 account", "12 accounts". The plural is the
// singular and an s unless given.
func many[N number](n N, one string, plural ...string) string {
	noun := one + "s"
	if len(plural) > 0 {
		noun = plural[0]
	}
	if n == 1 {
		noun = one
	}
	return count(n) + " " + noun
}

// plural is the noun without the count.
func plural[N number](n N, one string) string {
	if n == 1 {
		return one
	}
	return one + "s"
}

// percent of part in whole, rounded down so that 100 % means all; "–" of nothing.
func percent(part, whole int) string {
	if whole <= 0 {
		return "–"
	}
	return strconv.Itoa(part*100/whole) + " %"
}
