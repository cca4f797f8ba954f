# What find_package(carousel) reads: the library's own dependencies, then its target carousel::carousel.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(ZLIB)
find_dependency(fmt)
set(carousel_saved ${Protobuf_USE_STATIC_LIBS})
set(Protobuf_USE_STATIC_LIBS ON)
find_dependency(Protobuf)
set(Protobuf_USE_STATIC_LIBS ${carousel_saved})  # of nothing unsets it again
unset(carousel_saved)
include(${CMAKE_CURRENT_LIST_DIR}/carouselTargets.cmake)
