#pragma once

#include <cstdint>
#include <string_view>

// The words of libpg_query's JSON parse tree that this module knows. Source: PostgreSQL 15's parsenodes.h and
// primnodes.h, as pg_query.proto names them. What is not listed reads as `other`, and the guard refuses it.

// clang-format off
#define KPI_SQL_TAGS(X)                                                                                       \
  X(A_ArrayExpr) X(A_Const) X(A_Expr) X(A_Indices) X(A_Indirection) X(A_Star) X(Alias) X(BitString)           \
  X(BoolExpr) X(Boolean) X(BooleanTest) X(CTECycleClause) X(CTESearchClause) X(CaseExpr) X(CaseWhen)          \
  X(CoalesceExpr) X(CollateClause) X(ColumnDef) X(ColumnRef) X(CommonTableExpr) X(DeleteStmt) X(Float)        \
  X(FuncCall) X(GroupingFunc) X(GroupingSet) X(InsertStmt) X(Integer) X(IntoClause) X(JoinExpr) X(List)       \
  X(LockingClause) X(MergeStmt) X(MinMaxExpr) X(NamedArgExpr) X(NullTest) X(ParamRef) X(RangeFunction)        \
  X(RangeSubselect) X(RangeTableSample) X(RangeVar) X(RawStmt) X(ResTarget) X(RowExpr) X(SQLValueFunction)    \
  X(SelectStmt) X(SortBy) X(String) X(SubLink) X(TypeCast) X(TypeName) X(UpdateStmt) X(WindowDef)             \
  X(WithClause)

#define KPI_SQL_KEYS(X)                                                                                       \
  X(agg_distinct) X(agg_filter) X(agg_order) X(agg_star) X(agg_within_group) X(alias) X(aliascolnames)        \
  X(aliasname) X(all) X(arg) X(args) X(arrayBounds) X(boolop) X(booltesttype) X(boolval) X(bsval)             \
  X(catalogname) X(coldeflist) X(collname) X(colname) X(colnames) X(content) X(ctename) X(ctequery) X(ctes)   \
  X(cycle_clause) X(defresult) X(distinctClause) X(elements) X(endOffset) X(expr) X(fields) X(frameOptions)   \
  X(fromClause) X(func_variadic) X(funcformat) X(funcname) X(functions) X(fval) X(groupClause)                \
  X(groupDistinct) X(havingClause) X(indirection) X(inh) X(intoClause) X(isNatural) X(is_rowsfrom) X(is_slice)       \
  X(isnull) X(items) X(ival) X(join_using_alias) X(jointype) X(kind) X(larg) X(lateral) X(lexpr) X(lidx)      \
  X(limitCount) X(limitOffset) X(limitOption) X(location) X(lockingClause) X(method) X(name) X(names)         \
  X(node) X(nulltesttype) X(op) X(operName) X(orderClause) X(ordinality) X(over) X(partitionClause)           \
  X(quals) X(rarg) X(recursive) X(refname) X(relation) X(relname) X(repeatable) X(result) X(rexpr)            \
  X(row_format) X(schemaname) X(search_clause) X(sortClause) X(sortby_dir) X(sortby_nulls) X(startOffset)     \
  X(stmt) X(stmt_len) X(stmt_location) X(stmts) X(subLinkType) X(subquery) X(subselect) X(sval)               \
  X(targetList) X(testexpr) X(typeName) X(typemod) X(typmods) X(uidx) X(useOp) X(usingClause) X(val)          \
  X(valuesLists) X(version) X(whereClause) X(windowClause) X(withClause)
// clang-format on

namespace kpi::sql {

#define KPI_SQL_ENUMERATOR(name) name,
/// What a node is; `none` for lists and scalars.
enum class Tag : std::uint8_t { none, other, KPI_SQL_TAGS(KPI_SQL_ENUMERATOR) };
/// Under which field of its parent a node hangs; `none` for the members of a list.
enum class Key : std::uint8_t { none, other, KPI_SQL_KEYS(KPI_SQL_ENUMERATOR) };
#undef KPI_SQL_ENUMERATOR

[[nodiscard]] Tag tag_named(std::string_view name);
[[nodiscard]] Key key_named(std::string_view name);

/// The type of an object that stands under `key` without naming its type: the tree leaves the name out
/// wherever PostgreSQL's field has one fixed type. `other` where none is known.
[[nodiscard]] Tag fixed_tag(Key key);

}  // namespace kpi::sql
