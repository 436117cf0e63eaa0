# Man pages and completions, which the program writes itself, and the Debian package (`cpack` in the build folder).
if(TARGET kpi)
  set(generated ${CMAKE_BINARY_DIR}/generated)
  add_custom_command(
    OUTPUT ${generated}/completions/kpi.fish
    COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}/completions
    COMMAND kpi man ${generated}/man
    COMMAND kpi completion bash > ${generated}/completions/kpi
    COMMAND kpi completion zsh > ${generated}/completions/_kpi
    COMMAND kpi completion fish > ${generated}/completions/kpi.fish
    DEPENDS kpi
    COMMENT "Writing man pages and completions" VERBATIM)
  add_custom_target(kpi_manual ALL DEPENDS ${generated}/completions/kpi.fish)
  install(DIRECTORY ${generated}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
  install(DIRECTORY ${generated}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man7 FILES_MATCHING PATTERN "*.7")
  install(FILES ${generated}/completions/kpi DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${generated}/completions/_kpi DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  install(FILES ${generated}/completions/kpi.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME kpismith)
set(CPACK_PACKAGE_VENDOR kpismith)
set(CPACK_PACKAGE_CONTACT "kpismith maintainers <kpismith@example.com>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_STRIP_FILES ON)
include(CPack)
