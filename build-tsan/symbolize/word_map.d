build-tsan/symbolize/word_map.o: symbolize/word_map.c \
 symbolize/word_map.h
symbolize/word_map.h:
