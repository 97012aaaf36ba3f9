/** Output channels that one vector of table lookups holds. */
export const NIBBLE_CHANNELS = 32;

/** Nibbles of a row, filled up to whole threes. */
export function nibbleCount(rowBytes: number): number {
  return Math.ceil((2 * rowBytes) / 3) * 3;
}

/**
 * One-bit sums of two pixels at a time on AVX2: four weights and the signs of both pixels give both counts by one lookup, for 32
 * output channels. The low halves of a row's bytes come first, then the high ones. PAIR_NIBBLES is the longest row of the
 * network; without it no layer has the form.
 */
export const XNOR_TABLES = `
#if defined(PAIR_NIBBLES) && defined(__AVX2__) && !(defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512VPOPCNTDQ__))
#define XNOR_TABLES

/* Row n0 + 16 * n1, column w: the bits in which w differs from n0, and, 16 times, from n1. */
static uint8_t counts_of[256][16];
static uint8_t pair[PAIR_NIBBLES];

static int32_t nibble_count(int32_t row_bytes)
{
  return (2 * row_bytes + 2) / 3 * 3;
}

static void fill_counts(void)
{
  static const uint8_t ones[16] = { 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4 };
  for (int32_t n = 0; n < 256; n++)
    for (int32_t w = 0; w < 16; w++) counts_of[n][w] = (uint8_t)(ones[(n & 15) ^ w] + 16 * ones[(n >> 4) ^ w]);
}

/* Rows of one bit a weight, eight side by side, to [block of 32 channels][nibble][channel]. */
static void spread_nibbles(const struct window *g, const uint8_t *weights, uint8_t *nibbles)
{
  const int32_t row_bytes = g->kernel_height * g->kernel_width * ((g->in_channels + 7) / 8);
  const int32_t whole = row_bytes / 8 * 8, rest = row_bytes - whole;
  for (int32_t channel = 0; channel < g->out_channels; channel++) {
    const uint8_t *block = weights + channel / 8 * 8 * row_bytes;
    const int32_t lane = channel % 8;
    uint8_t *to = nibbles + channel / 32 * 32 * nibble_count(row_bytes) + channel % 32;
    for (int32_t i = 0; i < row_bytes; i++) {
      const uint8_t byte = i < whole ? block[i / 8 * 64 + lane * 8 + i % 8] : block[whole * 8 + lane * rest + i - whole];
      to[32 * i] = byte & 15;
      to[32 * (row_bytes + i)] = byte >> 4;
    }
  }
}

static void pair_nibbles(const uint8_t *first, const uint8_t *second, int32_t row_bytes)
{
  for (int32_t i = 0; i < row_bytes; i++) {
    pair[i] = (uint8_t)((first[i] & 15) | second[i] << 4);
    pair[row_bytes + i] = (uint8_t)(first[i] >> 4 | (second[i] & 240));
  }
  /* What fills up the last three counts nothing: its weights are 0 as well. */
  for (int32_t i = 2 * row_bytes; i < nibble_count(row_bytes); i++) pair[i] = 0;
}

static __m256i look_up(int32_t i, const uint8_t *nibbles)
{
  const __m256i counts = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)counts_of[pair[i]]));
  return _mm256_shuffle_epi8(counts, _mm256_loadu_si256((const __m256i *)(const void *)(nibbles + 32 * i)));
}

/* taps - 2 * count of 32 channels whose counts lie in the even and the odd bytes. */
static void store_sums(__m256i even, __m256i odd, int32_t taps, int32_t *sums)
{
  const __m256i all = _mm256_set1_epi32(taps);
  const __m256i low = _mm256_unpacklo_epi16(even, odd), high = _mm256_unpackhi_epi16(even, odd);
  const __m128i eights[4] = { _mm256_castsi256_si128(low), _mm256_castsi256_si128(high), _mm256_extracti128_si256(low, 1), _mm256_extracti128_si256(high, 1) };
  for (int32_t i = 0; i < 4; i++) {
    const __m256i counts = _mm256_cvtepu16_epi32(eights[i]);
    _mm256_storeu_si256((__m256i *)(void *)(sums + 8 * i), _mm256_sub_epi32(all, _mm256_add_epi32(counts, counts)));
  }
}

/* Sums of 32 channels at both pixels, one behind the other. */
static void sum_pair(const uint8_t *nibbles, int32_t count, int32_t taps, int32_t *sums)
{
  const __m256i zero = _mm256_setzero_si256(), low_half = _mm256_set1_epi8(15), low_byte = _mm256_set1_epi16(255);
  __m256i first_even = zero, first_odd = zero, second_even = zero, second_odd = zero;
  for (int32_t i = 0; i < count;) {
    /* A half byte holds three counts of at most 4, and a byte 48. */
    const int32_t end = count - i < 48 ? count : i + 48;
    __m256i first = zero, mixed = zero;
    for (; i < end; i += 3) {
      const __m256i three = _mm256_add_epi8(_mm256_add_epi8(look_up(i, nibbles), look_up(i + 1, nibbles)), look_up(i + 2, nibbles));
      first = _mm256_add_epi8(first, _mm256_and_si256(three, low_half));
      /* Of every two bytes: the second pixel of the even one, 16 times the first of the odd one, 256 times its second. */
      mixed = _mm256_add_epi16(mixed, _mm256_srli_epi16(three, 4));
    }
    const __m256i odd = _mm256_srli_epi16(first, 8);
    const __m256i second = _mm256_sub_epi16(mixed, _mm256_slli_epi16(odd, 4));
    first_even = _mm256_add_epi16(first_even, _mm256_and_si256(first, low_byte));
    first_odd = _mm256_add_epi16(first_odd, odd);
    second_even = _mm256_add_epi16(second_even, _mm256_and_si256(second, low_byte));
    second_odd = _mm256_add_epi16(second_odd, _mm256_srli_epi16(second, 8));
  }
  store_sums(first_even, first_odd, taps, sums);
  store_sums(second_even, second_odd, taps, sums + 32);
}
#endif
`;
