// The lanes of two vectors in turn: those of the first halves, those of the second halves. Doing this
// with the first and the second half of VW vectors, log2(VW) times, turns the square round.
#ifndef ASSAY_INTERLEAVE
#define ASSAY_INTERLEAVE

#include "vector.cl"

#if VW == 16
#define FIRST_HALVES(type, a, b)                                                                 \
  (type)((a).s0, (b).s0, (a).s1, (b).s1, (a).s2, (b).s2, (a).s3, (b).s3, (a).s4, (b).s4, (a).s5, \
         (b).s5, (a).s6, (b).s6, (a).s7, (b).s7)
#define SECOND_HALVES(type, a, b)                                                                \
  (type)((a).s8, (b).s8, (a).s9, (b).s9, (a).sa, (b).sa, (a).sb, (b).sb, (a).sc, (b).sc, (a).sd, \
         (b).sd, (a).se, (b).se, (a).sf, (b).sf)
#elif VW == 8
#define FIRST_HALVES(type, a, b) \
  (type)((a).s0, (b).s0, (a).s1, (b).s1, (a).s2, (b).s2, (a).s3, (b).s3)
#define SECOND_HALVES(type, a, b) \
  (type)((a).s4, (b).s4, (a).s5, (b).s5, (a).s6, (b).s6, (a).s7, (b).s7)
#elif VW == 4
#define FIRST_HALVES(type, a, b) (type)((a).s0, (b).s0, (a).s1, (b).s1)
#define SECOND_HALVES(type, a, b) (type)((a).s2, (b).s2, (a).s3, (b).s3)
#endif

#endif
