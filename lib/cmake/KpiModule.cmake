# kpi_settings and kpi_warnings hold what our own code is compiled with; kpi_module() makes one floor's target.

add_library(kpi_settings INTERFACE)
target_compile_features(kpi_settings INTERFACE cxx_std_20)
if(KPI_SANITIZE)
  # -g1: lines for the sanitizers' traces, a third of what -g writes.
  target_compile_options(kpi_settings INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  target_link_options(kpi_settings INTERFACE -fsanitize=address,undefined)
endif()
if(KPI_FUZZ)
  target_compile_options(kpi_settings INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(kpi_settings INTERFACE -fsanitize=address,undefined)
endif()

add_library(kpi_warnings INTERFACE)
target_compile_options(kpi_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor
                                              -Woverloaded-virtual -Wimplicit-fallthrough)
# GCC 12 takes its own string copies, once they are inlined, for overlapping or overlong ones (GCC bug 105651).
target_compile_options(kpi_warnings INTERFACE
  "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-restrict;-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-array-bounds>")
if(KPI_WERROR)
  target_compile_options(kpi_warnings INTERFACE -Werror)
endif()

# The headers that cost most to parse, compiled once for all modules (each copy takes 140 MB of disk). Files still include
# what they use: clang-tidy and the fuzz targets compile without it. ccache can only serve files that use it when told
# to trust it.
set(KPI_PCH <nlohmann/json.hpp> <fmt/format.h> <algorithm> <chrono> <functional> <map> <memory> <mutex> <optional>
            <string> <string_view> <thread> <unordered_map> <variant> <vector>)
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(kpi_settings INTERFACE -fpch-preprocess)
endif()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/precompiled.cpp CONTENT "")
add_library(kpi_precompiled OBJECT ${CMAKE_BINARY_DIR}/generated/precompiled.cpp)
target_link_libraries(kpi_precompiled PRIVATE kpi_settings kpi_warnings fmt::fmt nlohmann_json::nlohmann_json)
target_precompile_headers(kpi_precompiled PRIVATE ${KPI_PCH})

# kpi_module(sql NEEDS model LINKS pg_query): the static library kpi_sql from every *.cpp of the calling folder.
# Its headers are reached as <kpi/sql/...> through an include root of its own, so a module that does not name
# another in NEEDS cannot include it: the link graph is the floor plan. OWN_PCH: its compile options differ from the others'.
function(kpi_module name)
  cmake_parse_arguments(PARSE_ARGV 1 M "OWN_PCH" "" "NEEDS;LINKS")
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  add_library(kpi_${name} STATIC ${sources})
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include/${name}/kpi)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_BINARY_DIR}/include/${name}/kpi/${name} SYMBOLIC)
  target_include_directories(kpi_${name} PUBLIC ${CMAKE_BINARY_DIR}/include/${name})
  list(TRANSFORM M_NEEDS PREPEND kpi_)
  target_link_libraries(kpi_${name} PUBLIC kpi_settings fmt::fmt nlohmann_json::nlohmann_json ${M_NEEDS}
                                    PRIVATE kpi_warnings ${M_LINKS})
  if(M_OWN_PCH)
    target_precompile_headers(kpi_${name} PRIVATE ${KPI_PCH})
  else()
    target_precompile_headers(kpi_${name} REUSE_FROM kpi_precompiled)
  endif()
endfunction()
